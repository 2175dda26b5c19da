// notes is the service of another project: it tells what it may do in its container, and keeps a note in a table of DynamoDB. It finds AWS as any
// program with an SDK does.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	// The task's health command, which is content if it was given its word.
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		os.Exit(len(os.Args) - 3)
	}
	http.HandleFunc("GET /up", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /{$}", seen)
	http.HandleFunc("GET /tables/{table}", kept)
	fmt.Println("notes listens")                               //nolint:forbidigo // It is looked for in the log.
	fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil)) //nolint:gosec // It lives for seconds.
}

// seen tells who the process is, what it was given, and where it can write.
func seen(w http.ResponseWriter, _ *http.Request) {
	told := map[string]any{
		"user": fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), "arguments": os.Args[1:], "greeting": os.Getenv("GREETING"),
		"root": written("/note"), "scratch": written("/tmp/note"), "task": metadata(),
	}
	if err := json.NewEncoder(w).Encode(told); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// written tells why a file cannot be written. Empty says that it can.
func written(file string) string {
	if err := os.WriteFile(file, []byte("note"), 0o600); err != nil {
		return err.Error()
	}
	return ""
}

// metadata is what ECS tells the task about itself.
func metadata() any {
	answer, err := http.Get(os.Getenv("ECS_CONTAINER_METADATA_URI_V4") + "/task")
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	var task any
	if err := json.NewDecoder(answer.Body).Decode(&task); err != nil {
		return err.Error()
	}
	return task
}

// kept puts a note into a table and gets it back.
func kept(w http.ResponseWriter, q *http.Request) {
	table := q.PathValue("table")
	note := `{"TableName": "` + table + `", "Item": {"id": {"S": "1"}, "text": {"S": "kept"}}}`
	status, answer, err := ask(q.Context(), "PutItem", note)
	if err == nil && status == http.StatusOK {
		status, answer, err = ask(q.Context(), "GetItem", `{"TableName": "`+table+`", "Key": {"id": {"S": "1"}}}`)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// ask sends one signed request to DynamoDB, where the SDK's configuration says that it is.
func ask(ctx context.Context, operation, body string) (int, []byte, error) {
	found, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return 0, nil, err
	}
	credentials, err := found.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(found.BaseEndpoint)+"/", bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), "dynamodb", found.Region, time.Now()); err != nil {
		return 0, nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}
