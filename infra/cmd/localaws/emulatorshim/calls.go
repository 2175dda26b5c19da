package emulatorshim

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// maxRecorded bounds a body in the file of calls: an object in S3 may be of any size, and is no parameter.
const maxRecorded = 64 << 10

// Call is one request to AWS and what came of it, a line of the file of calls.
type Call struct {
	Time      time.Time `json:"time"`
	Service   string    `json:"service"` // as the credential scope has it
	Operation string    `json:"operation"`
	Region    string    `json:"region"`
	AccessKey string    `json:"access_key"`
	// Parameters are the JSON object that was sent, or the fields of a form, or, where path and headers say what to do, a REST.
	Parameters any    `json:"parameters"`
	Status     int    `json:"status"`
	Error      string `json:"error"` // the code of an error
	UserAgent  string `json:"user_agent"`
	// Response is what a call that changed something was answered, which names what was made. Empty if it failed.
	Response string `json:"response,omitempty"`
}

// changes matches the operations that do not only read.
var changes = regexp.MustCompile(`^(?:[^DLGH]|De[^s]|Di)`)

// REST are the parameters of a service that has them in the path and in headers. Such a call names no operation.
type REST struct {
	Method  string              `json:"method"`
	Path    string              `json:"path"`
	Query   map[string][]string `json:"query"`
	Headers map[string]string   `json:"headers"` // those that begin with x-amz-
	Body    string              `json:"body"`
}

// calls writes each call that goes through a handler.
type calls struct {
	next  http.Handler
	mutex sync.Mutex
	to    io.Writer
}

func (c *calls) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	call, err := received(q)
	if err != nil {
		refuse(w, err)
		return
	}
	answer := &answered{ResponseWriter: w, status: http.StatusOK}
	c.next.ServeHTTP(answer, q)
	call.Status, call.Error = answer.status, answer.code()
	if answer.status < http.StatusMultipleChoices && answer.text.Len() < maxRecorded && changes.MatchString(call.Operation) {
		call.Response = answer.text.String()
	}
	if err := c.write(call); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (c *calls) write(call Call) error {
	line, err := json.Marshal(call)
	if err != nil {
		return fmt.Errorf("write a call: %w", err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, err = c.to.Write(append(line, '\n'))
	return err
}

// scope matches who asks which service: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
var scope = regexp.MustCompile(`Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request`)

// inPath matches the operation of the protocol that has it in the path: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
var inPath = regexp.MustCompile(`^/service/[^/]+/operation/([^/]+)$`)

// received reads a call from its request and leaves the request as it was.
func received(q *http.Request) (Call, error) {
	body, err := read(q)
	if err != nil {
		return Call{}, err
	}
	call := Call{Time: time.Now().UTC(), UserAgent: q.UserAgent()}
	call.AccessKey, call.Region, call.Service = signer(q)
	call.Operation, call.Parameters = parameters(q, body)
	return call, nil
}

// signer tells who asks which service where. A request that is not signed has none of it.
func signer(q *http.Request) (accessKey, region, service string) {
	credential := q.Header.Get("Authorization")
	if presigned := q.URL.Query().Get("X-Amz-Credential"); presigned != "" {
		credential = "Credential=" + presigned
	}
	found := scope.FindStringSubmatch(credential)
	if found == nil {
		return "", "", ""
	}
	return found[1], found[2], found[3]
}

// parameters tells the protocols apart: https://smithy.io/2.0/aws/protocols/index.html
func parameters(q *http.Request, body []byte) (operation string, all any) {
	if _, operation := target(q); operation != "" && json.Valid(body) {
		return operation, json.RawMessage(body)
	}
	if strings.HasPrefix(q.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err := url.ParseQuery(string(body)); err == nil && form.Has("Action") {
			return form.Get("Action"), fields(form)
		}
	}
	if found := inPath.FindStringSubmatch(q.URL.Path); found != nil {
		operation = found[1]
	}
	return operation, rest(q, body)
}

// fields are a form's, less the two that say what is asked.
func fields(form url.Values) map[string]string {
	all := map[string]string{}
	for name := range form {
		if name != "Action" && name != "Version" {
			all[name] = form.Get(name)
		}
	}
	return all
}

func rest(q *http.Request, body []byte) REST {
	r := REST{Method: q.Method, Path: q.URL.Path, Query: q.URL.Query(), Headers: map[string]string{}}
	for name := range q.Header {
		if strings.HasPrefix(name, "X-Amz-") {
			r.Headers[strings.ToLower(name)] = q.Header.Get(name)
		}
	}
	if len(body) <= maxRecorded && utf8.Valid(body) {
		r.Body = string(body)
	}
	return r
}

// answered passes an answer on and keeps its status and the beginning of its body.
type answered struct {
	http.ResponseWriter

	status int
	text   bytes.Buffer
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answered) Write(text []byte) (int, error) {
	if a.text.Len() < maxRecorded {
		a.text.Write(text)
	}
	return a.ResponseWriter.Write(text)
}

// Unwrap lets the proxy flush.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// code finds the error's code in a header, in JSON or in XML.
func (a *answered) code() string {
	if a.status < http.StatusBadRequest {
		return ""
	}
	if header := a.Header().Get("X-Amzn-Errortype"); header != "" {
		return bare(header)
	}
	var object struct {
		Type string `json:"__type"`
		Code string `json:"code"`
	}
	if json.Unmarshal(a.text.Bytes(), &object) == nil {
		return bare(object.Type + object.Code)
	}
	for decoder := xml.NewDecoder(&a.text); ; {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		var code string
		if element, is := token.(xml.StartElement); is && element.Name.Local == "Code" && decoder.DecodeElement(&code, &element) == nil {
			return code
		}
	}
}

// bare is an error's code without its namespace and address.
func bare(code string) string {
	code, _, _ = strings.Cut(code, ":")
	return code[strings.LastIndexByte(code, '#')+1:]
}
