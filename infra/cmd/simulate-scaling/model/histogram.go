package model

import "math"

// histogram counts latencies in buckets that are one percent apart, from a microsecond to more than an hour.
type histogram struct {
	counts [2300]int
	total  int
}

const (
	shortest = 1e-6
	growth   = 1.01
)

var perGrowth = 1 / math.Log(growth)

func (h *histogram) add(seconds float64) {
	bucket := int(math.Log(max(seconds, shortest)/shortest) * perGrowth)
	h.counts[min(bucket, len(h.counts)-1)]++
	h.total++
}

// quantile is the middle of the bucket that a share of all latencies is below; zero if there are none.
func (h *histogram) quantile(share float64) float64 {
	left := int(math.Ceil(share * float64(h.total)))
	if left == 0 {
		return 0
	}
	for bucket, count := range h.counts {
		if left -= count; left <= 0 {
			return shortest * math.Pow(growth, float64(bucket)+0.5)
		}
	}
	return math.Inf(1)
}
