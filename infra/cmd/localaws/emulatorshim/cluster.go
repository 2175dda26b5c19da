package emulatorshim

import (
	"net/http"
	"net/url"
)

// ForCluster is what a cluster reaches: the registry, and who sent a token. Nothing of AWS's calls, which no pod has credentials for.
func (p *Proxy) ForCluster(emulator *url.URL) http.Handler {
	all := http.NewServeMux()
	all.Handle("POST "+TokensPath, newAuthenticator(emulator))
	all.Handle("/v2/", p.direct)
	return all
}
