// What Argo CD's application controller does to a cluster that it is given as a Secret: the bearer
// token and the CA of the kubeconfig become the JSON of that Secret, and Argo CD's own engine keeps a
// cache of every resource (discovery, then list and watch of all), syncs manifests and prunes them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/engine"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2/textlogger"
)

const managed = "conformance-managed"

// clusterSecret holds the fields of an Argo CD cluster Secret (its documentation, "Declarative
// Setup", section "Clusters").
type clusterSecret struct {
	Server string        `json:"server"`
	Config clusterConfig `json:"config"`
}

type clusterConfig struct {
	BearerToken     string          `json:"bearerToken"`
	TLSClientConfig tlsClientConfig `json:"tlsClientConfig"`
}

type tlsClientConfig struct {
	Insecure bool   `json:"insecure"`
	CAData   []byte `json:"caData"`
}

func main() {
	namespace := flag.String("namespace", "", "where the objects go")
	manifest := flag.String("manifest", "", "the file with the objects")
	serverSide := flag.Bool("server-side", false, "apply on the server")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	report, err := run(ctx, *namespace, *manifest, *serverSide)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, namespace, path string, serverSide bool) (map[string]any, error) {
	config, err := clusterOf(os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	objects, err := kube.SplitYAML(text)
	if err != nil {
		return nil, err
	}
	// A mark of this run's own: what one before has pruned may be on its way out yet, and with the
	// same mark it would be taken for this run's, and pruned once more.
	mark := objects[0].GetName()
	for _, object := range objects {
		object.SetNamespace(namespace)
		object.SetAnnotations(map[string]string{managed: mark})
	}

	log := textlogger.NewLogger(textlogger.NewConfig(textlogger.Output(io.Discard)))
	clusterCache := cache.NewClusterCache(config, cache.SetLogr(log), cache.SetPopulateResourceInfoHandler(
		func(object *unstructured.Unstructured, _ bool) (any, bool) {
			mark := object.GetAnnotations()[managed]
			return mark, mark != ""
		},
	))
	argo := engine.NewEngine(config, clusterCache, engine.WithLogr(log))
	stop, err := argo.Run()
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	defer stop()
	info := clusterCache.GetClusterInfo()

	apply := func(target []*unstructured.Unstructured, revision string) ([]string, error) {
		// The manager is the name that Argo CD applies under; without one the engine syncs for ever.
		results, err := argo.Sync(ctx, target, func(resource *cache.Resource) bool {
			return resource.Info == mark
		}, revision, namespace, sync.WithPrune(true), sync.WithServerSideApply(serverSide),
			sync.WithServerSideApplyManager("argocd-controller"), sync.WithLogr(log))
		statuses := []string{}
		for _, result := range results {
			statuses = append(statuses, string(result.Status))
		}
		return statuses, err
	}
	synced, err := apply(objects, "first")
	if err != nil {
		return nil, fmt.Errorf("sync: %w", err)
	}
	seen, err := untilCached(ctx, clusterCache, mark, len(objects))
	if err != nil {
		return nil, err
	}
	pruned, err := apply(nil, "second")
	if err != nil {
		return nil, fmt.Errorf("prune: %w", err)
	}
	return map[string]any{
		"apis": info.APIsCount, "resources": info.ResourcesCount,
		"synced": synced, "seen": seen, "pruned": pruned,
	}, nil
}

// clusterOf reads the current context's cluster as Argo CD's CLI does for `argocd cluster add`, writes
// the Secret's JSON and reads that, as the controller does.
func clusterOf(kubeconfig string) (*rest.Config, error) {
	given, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	if given.BearerToken == "" {
		return nil, errors.New("the kubeconfig has no token")
	}
	written, err := json.Marshal(clusterSecret{
		Server: given.Host,
		Config: clusterConfig{
			BearerToken:     given.BearerToken,
			TLSClientConfig: tlsClientConfig{CAData: given.CAData},
		},
	})
	if err != nil {
		return nil, err
	}
	var secret clusterSecret
	if err := json.Unmarshal(written, &secret); err != nil {
		return nil, err
	}
	return &rest.Config{
		Host:            secret.Server,
		BearerToken:     secret.Config.BearerToken,
		TLSClientConfig: rest.TLSClientConfig{CAData: secret.Config.TLSClientConfig.CAData},
		QPS:             50,
		Burst:           100,
	}, nil
}

// untilCached waits until the cache's own watches have seen the objects.
func untilCached(ctx context.Context, clusterCache cache.ClusterCache, mark string, count int) (int, error) {
	for {
		found := clusterCache.FindResources("", func(resource *cache.Resource) bool {
			return resource.Info == mark
		})
		if len(found) >= count {
			return len(found), nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("the watches saw %d of %d objects", len(found), count)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
