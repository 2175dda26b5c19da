package estimate

// The prices are AWS's list prices in dollars for us-east-1, without free tier and taxes, as of April 2026. Other regions differ by up
// to a third. Where they are from: https://aws.amazon.com/fargate/pricing/, https://aws.amazon.com/elasticloadbalancing/pricing/,
// https://aws.amazon.com/vpc/pricing/, https://aws.amazon.com/cloudwatch/pricing/
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
)
