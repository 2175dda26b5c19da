package tools

import (
	"context"
	"net/http"
	"path/filepath"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/mote-dev/mote/infra/cmd/localaws/progress"
)

// What can be downloaded at all says so within reaching; then the CLI and the plugin, some 300 MB, get longer.
const (
	reaching    = 10 * time.Second
	downloading = 5 * time.Minute
)

// downloads is where Pulumi offers its CLI and its plugins.
var downloads = "https://get.pulumi.com"

// reachable tells whether a host answers a request at all, soon.
func reachable(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, reaching)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return true
}

// downloadedCLI is the folder of a CLI that was downloaded.
func downloadedCLI(p Places) string {
	return filepath.Join(p.folder("downloaded-pulumi", "cli"), "bin")
}

// download fetches what is missing: the CLI by Pulumi's own library, and the plugin by that CLI, into a home folder of its own below the cache.
func download(ctx context.Context, p Places, have found) error {
	ctx, cancel := context.WithTimeout(ctx, downloading)
	defer cancel()
	if have.cli == "" {
		have.cli = downloadedCLI(p)
		// Its version is that of the library.
		err := progress.During("Downloading the Pulumi CLI, once", func() error {
			_, err := auto.InstallPulumiCommand(ctx, &auto.PulumiCommandOptions{Root: filepath.Dir(have.cli)})
			return err
		})
		if err != nil {
			return err
		}
	}
	if have.plugin != "" {
		return nil
	}
	version, err := linked(awsModule)
	if err != nil {
		return err
	}
	return progress.During("Downloading Pulumi's AWS plugin, once", func() error {
		return run(ctx, []string{"PULUMI_HOME=" + PulumiHome(p), "PULUMI_SKIP_UPDATE_CHECK=true"},
			filepath.Join(have.cli, "pulumi"), "plugin", "install", "resource", "aws", version)
	})
}
