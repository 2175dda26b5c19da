package config

import "regexp"

var (
	domainName = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html; older ones allow TLS 1.0.
	tlsPolicy      = regexp.MustCompile(`^ELBSecurityPolicy-TLS13-1-[23](?:-[A-Za-z0-9]+)*-[0-9]{4}-[0-9]{2}$`)
	certificateArn = regexp.MustCompile(`^arn:aws[a-z-]*:(?:acm|iam):[a-z0-9-]*:[0-9]{12}:(?:certificate|server-certificate)/\S+$`)
)

// longestHSTS is two years, which the lists of browsers ask for; more says nothing more.
const longestHSTS = 63072000

func readTLS(r *reader) TLS {
	t := TLS{
		Domain:         r.matching("domain", domainName, "a name such as mote.example.com, in lower case"),
		HostedZone:     r.matching("hostedZone", domainName, "a zone such as example.com, in lower case"),
		CertificateArn: r.matching("certificateArn", certificateArn, "the ARN of a certificate in ACM or IAM"),
		SelfSigned:     r.boolean("selfSignedCertificate"),
		Policy:         r.matching("tlsPolicy", tlsPolicy, "a policy with TLS 1.3, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
		HSTSSeconds:    r.integer("hstsSeconds", 0, longestHSTS),
	}
	checkTLS(r, t)
	return t
}

// checkTLS refuses settings that leave open where the certificate is from, or say it twice.
func checkTLS(r *reader, t TLS) {
	if t.Domain == "" {
		r.pointless("hostedZone", t.HostedZone != "")
		r.pointless("certificateArn", t.CertificateArn != "")
		r.pointless("selfSignedCertificate", t.SelfSigned)
		return
	}
	if t.HostedZone == "" && t.CertificateArn == "" && !t.SelfSigned {
		r.wrong("domain", "is %q and has no certificate: set mote:hostedZone, mote:certificateArn or mote:selfSignedCertificate", t.Domain)
	}
	if t.CertificateArn != "" && t.SelfSigned {
		r.wrong("selfSignedCertificate", "is true, and mote:certificateArn is set: one of them must go")
	}
	if t.HostedZone != "" && t.Domain != t.HostedZone && !within(t.Domain, t.HostedZone) {
		r.wrong("hostedZone", "is %q: it must hold mote:domain, which is %q", t.HostedZone, t.Domain)
	}
}

// pointless refuses a setting that does nothing without a domain.
func (r *reader) pointless(key string, given bool) {
	if given {
		r.wrong(key, "is set, and mote:domain is not: set mote:domain to the name that clients use")
	}
}

// within says whether a name lies in a zone.
func within(name, zone string) bool {
	return len(name) > len(zone)+1 && name[len(name)-len(zone)-1:] == "."+zone
}
