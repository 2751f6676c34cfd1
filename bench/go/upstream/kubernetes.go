package main

import (
	"io"
	"net/http"
)

// What Sallyport asks of an API server when an environment is registered and looked after.
var fixed = map[string]struct {
	status int
	body   string
}{
	"GET /version": {200, `{"major":"1","minor":"36","gitVersion":"v1.36.0-bench"}`},
	"GET /readyz":  {200, `ok`},
	"GET /livez":   {200, `ok`},
	"GET /api":     {200, `{"kind":"APIVersions","versions":["v1"]}`},
	"GET /apis":    {200, `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`},
	"POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews": {201,
		`{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":true}}`},
	"POST /apis/authentication.k8s.io/v1/selfsubjectreviews": {201,
		`{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"userInfo":{"username":"bench"}}}`},
	"GET /api/v1/namespaces": {200,
		`{"kind":"NamespaceList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}`},
}

func serveFixed(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	answer, known := fixed[r.Method+" "+r.URL.Path]
	if !known {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`)
		return
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body)
}
