package estimate

// The prices are AWS's list prices in dollars for us-east-1, without free tier and taxes, as of April 2026. Most regions differ by less than
// a third, sa-east-1 by more than two. Where they are from: https://aws.amazon.com/fargate/pricing/,
// https://aws.amazon.com/elasticloadbalancing/pricing/, https://aws.amazon.com/vpc/pricing/, https://aws.amazon.com/cloudwatch/pricing/,
// https://aws.amazon.com/kms/pricing/. What the settings and documents say of prices is computed from here by a test.
const (
	priceDate   = "April 2026"
	priceRegion = "us-east-1"

	hoursPerMonth = 730

	cpuHour       = 0.04048
	cpuHourARM    = 0.03238
	memoryHour    = 0.004445
	memoryHourARM = 0.00356
	// spotShare is what Spot costs of the price on demand, at AWS's "up to 70 %"; it moves with the day.
	spotShare = 0.3

	balancerHour = 0.0225
	addressHour  = 0.005
	natHour      = 0.045
	endpointHour = 0.01
	alarmMonth   = 0.10
	// dashboardMonth is what the fourth dashboard of an account costs.
	dashboardMonth = 3.00
	dollarsPerIP   = addressHour * hoursPerMonth
	// metricMonth is a custom metric's, of which the service gives customMetrics.
	metricMonth   = 0.30
	customMetrics = 5
	// secretMonth is that of a secret in Secrets Manager: https://aws.amazon.com/secrets-manager/pricing/
	secretMonth = 0.40
	// samplesDollars is for ten million samples that Amazon Managed Service for Prometheus takes, readDollars for a billion that expressions read:
	// https://aws.amazon.com/prometheus/pricing/
	samplesDollars = 0.90
	readDollars    = 0.10
	// samplesPerScrape are those of a task, as scripts/dev/scrape-cost.py counts them, and those that Prometheus adds.
	samplesPerScrape = 110
	scrapesPerHour   = 3600 / 10
	// editorMonth is a user of Amazon Managed Grafana who may edit; viewers cost less: https://aws.amazon.com/grafana/pricing/
	editorMonth = 9.00
	// keyMonth is that of a KMS key, of which infra/bootstrap makes one for an account.
	keyMonth = 1.00

	// What depends on use: a capacity unit is 25 new connections a second, 3000 active ones or 1 GB an hour.
	capacityUnitHour = 0.008
	logGigabyte      = 0.50
)

// What others cost, of the same region and month: https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/api-gateway/pricing/ (HTTP API),
// https://aws.amazon.com/eks/pricing/. Looked up again on 2026-11-27 in copies of public pages: Lambda's in https://docs.aws.amazon.com/whitepapers/latest/how-aws-pricing-works/lambda.html,
// that of EKS, with standard support, in https://aws.amazon.com/blogs/containers/amazon-eks-extended-support-for-kubernetes-versions-pricing/. The copy of the HTTP API's page has no
// figures: they are those of others' pages of 2025 and 2026, which agree up to a billion requests a month; one of them has 0.80 from there on.
const (
	lambdaMillion     = 0.20
	lambdaGBSecond    = 0.0000166667
	apiMillion        = 1.00
	apiMillionLater   = 0.90
	apiMillionsBefore = 300
	clusterHour       = 0.10
)
