package awsplugin

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/blang/semver"
)

// ProviderVariable names HashiCorp's provider, where it is in none of the usual folders.
const ProviderVariable = "MOTE_TERRAFORM_PROVIDER_AWS"

// configured finds the folders that a Terraform CLI configuration names: a filesystem mirror's path or the plugin cache.
var configured = regexp.MustCompile(`(?m)^\s*(?:path|plugin_cache_dir)\s*=\s*"([^"]+)"`)

// minimum and below bound the provider's version: what the plugin translates was tried with version 5.100, and version 6 is what
// Pulumi's AWS package 7 is made of.
var minimum, below = semver.MustParse("5.100.0"), semver.MustParse("7.0.0")

// TerraformProvider finds HashiCorp's AWS provider on this machine, the newest one that fits, or says where it looked.
func TerraformProvider() (string, error) {
	if file := os.Getenv(ProviderVariable); file != "" {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			return "", fmt.Errorf("%s must name the program terraform-provider-aws, and %q is no file", ProviderVariable, file)
		}
		return filepath.Abs(file)
	}
	roots := providerRoots()
	best, newest := "", semver.Version{}
	for _, root := range roots {
		// The layout that Terraform documents for its mirrors: HOST/NAMESPACE/TYPE/VERSION/OS_ARCH/PROGRAM.
		pattern := filepath.Join(root, "*", "hashicorp", "aws", "*", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-aws*")
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			version, err := semver.Parse(filepath.Base(filepath.Dir(filepath.Dir(file))))
			if err == nil && version.GTE(minimum) && version.LT(below) && version.GT(newest) {
				best, newest = file, version
			}
		}
	}
	if best == "" {
		return "", fmt.Errorf("no terraform-provider-aws of version %s or later in a provider mirror (looked in %s); %s may name one",
			minimum, strings.Join(roots, ", "), ProviderVariable)
	}
	return best, nil
}

// providerRoots lists the folders that Terraform looks for providers in, first those that its configuration names, and then the
// folders right below those where machines keep software that no package manager put there.
func providerRoots() []string {
	home, _ := os.UserHomeDir()
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		data = filepath.Join(home, ".local", "share")
	}
	roots := fromConfiguration(home)
	roots = append(roots, os.Getenv("TF_PLUGIN_CACHE_DIR"), filepath.Join(home, ".terraform.d", "plugins"),
		filepath.Join(home, ".terraform.d", "plugin-cache"), filepath.Join(data, "terraform", "plugins"),
		"/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins", "/opt/*", "/opt/terraform/*", "/srv/*")
	var named []string
	for _, root := range roots {
		if root != "" {
			named = append(named, root)
		}
	}
	return named
}

func fromConfiguration(home string) []string {
	file := os.Getenv("TF_CLI_CONFIG_FILE")
	if file == "" {
		file = filepath.Join(home, ".terraformrc")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var roots []string
	for _, match := range configured.FindAllStringSubmatch(string(text), -1) {
		roots = append(roots, os.ExpandEnv(match[1]))
	}
	return roots
}
