package deployment

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// load asks one address at a steady rate, whatever the answers take, until it is ended.
type load struct {
	stop   chan struct{}
	ended  sync.WaitGroup
	mutex  sync.Mutex
	result result
}

// result is what came of it.
type result struct {
	asked    int
	took     time.Duration
	slowest  time.Duration
	answers  map[string]int // by the version that the answer names
	failures []string
	failed   []time.Time // when each of them was asked
	// redirected counts what was sent to HTTPS, which the local AWS does not speak.
	redirected int
}

// startLoad starts to ask, so many times a second.
func startLoad(url string, rate int) *load {
	l := &load{stop: make(chan struct{}), result: result{answers: map[string]int{}}}
	client := &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	start := time.Now()
	l.ended.Go(func() {
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for {
			select {
			case <-l.stop:
				l.result.took = time.Since(start)
				return
			case <-ticker.C:
				l.ended.Go(func() { l.ask(client, url) })
			}
		}
	})
	return l
}

// ask asks once and notes what came back.
func (l *load) ask(client *http.Client, url string) {
	began := time.Now()
	body, err := fetch(client, url)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.result.asked++
	l.result.slowest = max(l.result.slowest, time.Since(began))
	if err != nil {
		l.result.failures = append(l.result.failures, err.Error())
		l.result.failed = append(l.result.failed, began)
		return
	}
	if body == redirected {
		l.result.redirected++
	}
	for _, version := range []string{"first", "second"} {
		if strings.Contains(body, version) {
			l.result.answers[version]++
		}
	}
}

// redirected stands for the body of an answer that sends the client to HTTPS.
const redirected = "to HTTPS"

func fetch(client *http.Client, url string) (string, error) {
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusMovedPermanently && strings.HasPrefix(answer.Header.Get("Location"), "https://") {
		return redirected, nil
	}
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", answer.StatusCode, body)
	}
	return string(body), err
}

// end stops asking, waits for the last answers and gives the result.
func (l *load) end() result {
	close(l.stop)
	l.ended.Wait()
	return l.result
}
