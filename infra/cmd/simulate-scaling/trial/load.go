package trial

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

// outcome is what became of a request: when it was due, in seconds from the start, how late it was sent, and how long after it was due its response was there.
type outcome struct {
	due, late, latency float64
	ok                 bool
}

// load sends requests when they are due, whatever became of those before, as the model's arrive: at random, with a rate that changes over time.
type load struct {
	client   *http.Client
	mutex    sync.Mutex
	outcomes []outcome
	flying   sync.WaitGroup
}

func newLoad() *load {
	return &load{client: &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{MaxIdleConns: 0, MaxIdleConnsPerHost: 20000, IdleConnTimeout: time.Minute, DisableCompression: true},
	}}
}

// send goes on to the end of the traffic, and returns when every request has ended.
func (l *load) send(begin time.Time, traffic model.Traffic, slot float64, seed uint64) []outcome {
	random := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // Chance has to be the same each time.
	url := fmt.Sprintf("http://127.0.0.1:%d/", balancerPort)
	for from := 0.0; from < traffic.Length; from += slot {
		rate := traffic.Rate(from + slot/2)
		for at := from + random.ExpFloat64()/rate; at < from+slot; at += random.ExpFloat64() / rate {
			due := begin.Add(time.Duration(at * float64(time.Second)))
			time.Sleep(time.Until(due))
			l.flying.Add(1)
			go l.ask(url, due, at)
		}
	}
	l.flying.Wait()
	return l.outcomes
}

func (l *load) ask(url string, due time.Time, at float64) {
	defer l.flying.Done()
	late := time.Since(due).Seconds()
	ok := ask(l.client, url) == nil
	one := outcome{due: at, late: late, latency: time.Since(due).Seconds(), ok: ok}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.outcomes = append(l.outcomes, one)
}
