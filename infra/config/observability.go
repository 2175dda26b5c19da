package config

import (
	"github.com/mote-dev/mote/infra/components/network"
	"github.com/mote-dev/mote/infra/components/observability"
)

func readObservability(r *reader) observability.Settings {
	const valid = "an image by digest, as NAME@sha256:DIGEST"
	return observability.Settings{
		Mode: r.choice("observability", observability.None, observability.Prometheus, observability.Managed),
		Port: r.metricsPortNumber(),

		PrometheusImage: r.matching("prometheusImage", imageByDigest, valid),
		GrafanaImage:    r.matching("grafanaImage", imageByDigest, valid),
	}
}

// checkObservability refuses to collect what is not there, to fetch images from where no way leads, and alerts without a receiver.
func checkObservability(r *reader, c Config) {
	o := c.Observability
	managed := o.Mode == observability.Managed
	if o.Mode != observability.Prometheus && !managed {
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
	if managed && !c.Alarms.Enabled {
		r.errorf("observability", "is %q, and mote:alarms is false: it must be true, since the topic of the alarms is told of Prometheus's alerts", o.Mode)
	}
	if o.PrometheusImage == "" || !managed && o.GrafanaImage == "" {
		r.errorf("observability", "is %q: the image of each of its containers is needed, so mote:prometheusImage%s must not be empty", o.Mode,
			map[bool]string{false: " and mote:grafanaImage"}[managed])
	}
}
