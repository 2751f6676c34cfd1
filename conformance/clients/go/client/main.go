// One capability of client-go, used as a program would use it, with what happened printed as a line
// of JSON. The kubeconfig is the one that KUBECONFIG names; the rest comes as flags.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

var (
	namespace = flag.String("namespace", "", "where to work")
	pod       = flag.String("pod", "", "the pod for exec and port-forward")
	protocol  = flag.String("protocol", "websocket", "websocket or spdy, for exec and port-forward")
	encoding  = flag.String("encoding", "json", "json, protobuf or cbor, for list and watch")
)

func main() {
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	report, err := run(ctx, flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, capability string) (any, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	switch *encoding {
	case "protobuf":
		config.ContentType = "application/vnd.kubernetes.protobuf"
		config.AcceptContentTypes = "application/vnd.kubernetes.protobuf"
	case "cbor":
		// Nothing else, so that no answer in JSON is taken for one in CBOR.
		config.AcceptContentTypes = "application/cbor"
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	switch capability {
	case "list":
		return list(ctx, client)
	case "watch":
		return watch(ctx, client)
	case "namespaces":
		return namespaces(ctx, client)
	case "exec":
		return execute(ctx, config, client)
	case "port-forward":
		return forward(ctx, config, client)
	}
	return nil, fmt.Errorf("there is no capability %q", capability)
}

// list counts all ConfigMaps, 500 at a time.
func list(ctx context.Context, client kubernetes.Interface) (any, error) {
	count, pages := 0, 0
	options := metav1.ListOptions{Limit: 500}
	for {
		page, err := client.CoreV1().ConfigMaps(*namespace).List(ctx, options)
		if err != nil {
			return nil, err
		}
		count += len(page.Items)
		pages++
		if page.Continue == "" {
			return map[string]int{"count": count, "pages": pages}, nil
		}
		options.Continue = page.Continue
	}
}

// watch sees one ConfigMap come, change and go through an informer, as controllers do.
func watch(ctx context.Context, client kubernetes.Interface) (any, error) {
	name := fmt.Sprintf("go-watched-%d", time.Now().UnixNano())
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(*namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	seen := make(chan string, 100)
	report := func(event string) func(any) {
		return func(object any) {
			if config, ok := object.(*corev1.ConfigMap); ok && config.Name == name {
				seen <- event
			}
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    report("ADDED"),
		UpdateFunc: func(_, object any) { report("MODIFIED")(object) },
		DeleteFunc: report("DELETED"),
	})
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, errors.New("the informer did not synchronise")
	}
	config := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	maps := client.CoreV1().ConfigMaps(*namespace)
	steps := []func() error{
		func() error { _, err := maps.Create(ctx, config, metav1.CreateOptions{}); return err },
		func() error {
			config.Data = map[string]string{"changed": "yes"}
			_, err := maps.Update(ctx, config, metav1.UpdateOptions{})
			return err
		},
		func() error { return maps.Delete(ctx, name, metav1.DeleteOptions{}) },
	}
	events := []string{}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
		select {
		case event := <-seen:
			events = append(events, event)
		case <-ctx.Done():
			return nil, fmt.Errorf("no event after %v", events)
		}
	}
	return map[string]any{"events": events}, nil
}

// namespaces tells which namespaces an informer has, as controllers and dashboards begin with it.
func namespaces(ctx context.Context, client kubernetes.Interface) (any, error) {
	factory := informers.NewSharedInformerFactory(client, 0)
	informer := factory.Core().V1().Namespaces().Informer()
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return nil, errors.New("the informer did not synchronise")
	}
	names := informer.GetStore().ListKeys()
	sort.Strings(names)
	return map[string]any{"names": names}, nil
}

// execute sends a line to a command that ends before its input does, and reads all that it says.
func execute(ctx context.Context, config *rest.Config, client kubernetes.Interface) (any, error) {
	request := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(*namespace).Name(*pod).
		SubResource("exec").VersionedParams(&corev1.PodExecOptions{
		Stdin: true, Stdout: true, Stderr: true,
		Command: []string{"sh", "-c", "read line; echo got $line; echo oops >&2; exit 7"},
	}, scheme.ParameterCodec)
	executor, err := executorFor(config, request.URL())
	if err != nil {
		return nil, err
	}
	var stdout, stderr bytes.Buffer
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{
		Stdin: strings.NewReader("hello\n"), Stdout: &stdout, Stderr: &stderr,
	})
	var exit exec.CodeExitError
	if !errors.As(err, &exit) {
		return nil, fmt.Errorf("no exit code: %v", err)
	}
	return map[string]any{"stdout": stdout.String(), "stderr": stderr.String(), "code": exit.Code}, nil
}

func executorFor(config *rest.Config, target *url.URL) (remotecommand.Executor, error) {
	if *protocol == "spdy" {
		return remotecommand.NewSPDYExecutor(config, "POST", target)
	}
	return remotecommand.NewWebSocketExecutor(config, "GET", target.String())
}

// forward fetches the pod's page through a forwarded port.
func forward(ctx context.Context, config *rest.Config, client kubernetes.Interface) (any, error) {
	target := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(*namespace).Name(*pod).
		SubResource("portforward").URL()
	dialer, err := dialerFor(config, target)
	if err != nil {
		return nil, err
	}
	ready, stop := make(chan struct{}), make(chan struct{})
	defer close(stop)
	forwarder, err := portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, os.Stderr)
	if err != nil {
		return nil, err
	}
	failed := make(chan error, 1)
	go func() { failed <- forwarder.ForwardPorts() }()
	select {
	case <-ready:
	case err := <-failed:
		return nil, err
	case <-ctx.Done():
		return nil, errors.New("the port was never forwarded")
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return nil, err
	}
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", ports[0].Local))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return map[string]any{"status": response.StatusCode, "body": string(body)}, err
}

func dialerFor(config *rest.Config, target *url.URL) (httpstream.Dialer, error) {
	if *protocol == "websocket" {
		return portforward.NewSPDYOverWebsocketDialer(target, config)
	}
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", target), nil
}
