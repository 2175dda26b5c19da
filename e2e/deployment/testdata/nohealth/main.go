// nohealth is a service that was built for another world: it serves its page, and has no path for health checks.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	// The task's health command runs this same program, and is content: what fails is the load balancer's check.
	if len(os.Args) > 1 {
		return
	}
	http.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "nohealth") })
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil)) //nolint:gosec // It lives for seconds.
}
