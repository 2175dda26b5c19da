package config

import (
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/observability"
)

func readObservability(r *reader) observability.Settings {
	const valid = "an image by digest, as NAME@sha256:DIGEST"
	return observability.Settings{
		Mode: r.choice("observability", observability.None, observability.Prometheus),
		Port: r.metricsPortNumber(),

		PrometheusImage: r.matching("prometheusImage", imageByDigest, valid),
		GrafanaImage:    r.matching("grafanaImage", imageByDigest, valid),
	}
}

// checkObservability refuses to collect what is not there, and to fetch images from where no way leads.
func checkObservability(r *reader, c Config) {
	o := c.Observability
	if o.Mode != observability.Prometheus {
		return
	}
	if o.Port == 0 || !c.Service.Own {
		r.errorf("observability", "is %q, and mote:metricsPort is 0 or mote:serviceSettings is false: it must be none, since the dashboard shows the "+
			"metrics of this project's service", o.Mode)
	}
	if c.Network.Egress == network.Endpoints {
		r.errorf("observability", "is %q, and mote:egress is endpoints, which lead to AWS alone: it must be none, since the images of Prometheus and "+
			"Grafana come from the internet", o.Mode)
	}
	if o.PrometheusImage == "" || o.GrafanaImage == "" {
		r.errorf("observability", "is %q: mote:prometheusImage and mote:grafanaImage must not be empty", o.Mode)
	}
}
