// What Flux's kustomize-controller does to a cluster that it is given as a kubeconfig in a Secret:
// the kubeconfig's text becomes a REST config, and Flux's own library applies a set of objects on the
// server in stages, waits until they are ready, finds no drift, and prunes them.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

func main() {
	namespace := flag.String("namespace", "", "where the objects go")
	manifest := flag.String("manifest", "", "the file with the objects")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	report, err := run(ctx, *namespace, *manifest)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, namespace, path string) (map[string]any, error) {
	secret, err := os.ReadFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(secret)
	if err != nil {
		return nil, err
	}
	manager, err := managerFor(config)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	objects, err := utils.ReadObjects(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		object.SetNamespace(namespace)
	}
	manager.SetOwnerLabels(objects, "conformance", namespace)

	first, err := manager.ApplyAllStaged(ctx, objects, ssa.DefaultApplyOptions())
	if err != nil {
		return nil, fmt.Errorf("apply: %w", err)
	}
	wait := ssa.WaitOptions{Interval: time.Second, Timeout: 90 * time.Second}
	if err := manager.Wait(objects, wait); err != nil {
		return nil, fmt.Errorf("wait: %w", err)
	}
	second, err := manager.ApplyAllStaged(ctx, objects, ssa.DefaultApplyOptions())
	if err != nil {
		return nil, fmt.Errorf("apply again: %w", err)
	}
	gone, err := manager.DeleteAll(ctx, objects, ssa.DefaultDeleteOptions())
	if err != nil {
		return nil, fmt.Errorf("prune: %w", err)
	}
	if err := manager.WaitForTermination(objects, wait); err != nil {
		return nil, fmt.Errorf("wait for the end: %w", err)
	}
	return map[string]any{
		"first": actions(first), "second": actions(second), "gone": actions(gone),
	}, nil
}

func managerFor(config *rest.Config) (*ssa.ResourceManager, error) {
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, httpClient)
	if err != nil {
		return nil, err
	}
	kube, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(kube, mapper, polling.Options{})
	owner := ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"}
	return ssa.NewResourceManager(kube, poller, owner), nil
}

// actions says what was done to how many objects.
func actions(set *ssa.ChangeSet) map[string]int {
	counts := map[string]int{}
	for _, entry := range set.Entries {
		counts[entry.Action.String()]++
	}
	return counts
}
