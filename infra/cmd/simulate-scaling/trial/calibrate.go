package trial

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/mote-dev/mote/infra/cmd/simulate-scaling/model"
)

const (
	// calibration is long enough for dozens of periods of the quota.
	calibration = 5 * time.Second
	// clients ask at once where a task is to have always something to do; calm is how long one client waits between two requests.
	clients = 32
	calm    = 40 * time.Millisecond
)

// Calibrate measures what a request costs a task that is busy, one that is asleep, and one to which it opens a connection.
func Calibrate(service model.Service, programs Programs) (model.Service, error) {
	one, err := startTask(programs.Mote, 0, service.Cores, service.Queue)
	if err != nil {
		return service, err
	}
	defer one.stop()
	costs := [3]float64{}
	for i, of := range []struct {
		clients int
		pause   time.Duration
		lasting bool
	}{{clients, 0, true}, {1, calm, true}, {clients, 0, false}} {
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableKeepAlives: !of.lasting, DisableCompression: true}}
		if costs[i], err = cost(one, client, of.clients, of.pause); err != nil {
			return service, err
		}
	}
	service.Work, service.Wakeup, service.Connect = costs[0], max(0, costs[1]-costs[0]), max(0, costs[2]-costs[0])
	return service, nil
}

// cost is a task's processor time for each request of some clients, in seconds.
func cost(one *task, client *http.Client, clients int, pause time.Duration) (float64, error) {
	url := fmt.Sprintf("http://127.0.0.1:%d/", port(one.slot))
	var asked sync.WaitGroup
	counts, errs := make([]int, clients), make([]error, clients)
	one.spent()
	end := time.Now().Add(calibration)
	for i := range clients {
		asked.Go(func() {
			for ; errs[i] == nil && time.Now().Before(end); time.Sleep(pause) {
				errs[i] = ask(client, url)
				counts[i]++
			}
		})
	}
	asked.Wait()
	used, count := one.spent(), 0
	for i := range clients {
		if errs[i] != nil {
			return 0, fmt.Errorf("measure the time of a request: %w", errs[i])
		}
		count += counts[i]
	}
	return used / float64(count), nil
}

// ask makes a request, whose response has to be 200.
func ask(client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
