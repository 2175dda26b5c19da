// healthz is a service as other projects have it: static, on port 80, with a health path of its own.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	page := "healthz, the " + os.Getenv("VERSION") + " version\n"
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) })
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	log.Fatal(http.ListenAndServe(":80", nil)) //nolint:gosec // It lives for minutes.
}
