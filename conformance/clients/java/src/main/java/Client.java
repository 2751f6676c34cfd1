import com.google.gson.Gson;
import com.google.gson.reflect.TypeToken;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.Watch;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One capability of the Java client library, with what happened printed as a line of JSON.
 *
 * <p>Arguments: list, watch, exec or port-forward, the namespace, the pod; the kubeconfig is
 * KUBECONFIG's.
 */
public final class Client {
  /** What the library gives for an exit code that it lost. */
  private static final Integer LOST = -1975219;

  private final ApiClient client;
  private final CoreV1Api api;
  private final String namespace;
  private final String pod;

  private Client(ApiClient client, String namespace, String pod) {
    this.client = client;
    this.api = new CoreV1Api(client);
    this.namespace = namespace;
    this.pod = pod;
  }

  public static void main(String[] args) throws Exception {
    ApiClient client = Config.fromConfig(System.getenv("KUBECONFIG"));
    // A watch is silent as long as nothing changes.
    client.setReadTimeout(0);
    Client program = new Client(client, args[1], args[2]);
    Map<String, ?> report =
        switch (args[0]) {
          case "list" -> program.list();
          case "watch" -> program.watch();
          case "exec" -> program.exec();
          case "port-forward" -> program.forward();
          default -> throw new IllegalArgumentException("there is no capability " + args[0]);
        };
    System.out.println(new Gson().toJson(report));
    // The library's threads for connections are no daemons.
    System.exit(0);
  }

  /** Counts all ConfigMaps, 500 at a time. */
  private Map<String, ?> list() throws Exception {
    int count = 0;
    int pages = 0;
    String following = null;
    do {
      var page = api.listNamespacedConfigMap(namespace).limit(500)._continue(following).execute();
      count += page.getItems().size();
      pages += 1;
      following = page.getMetadata().getContinue();
    } while (following != null && !following.isEmpty());
    return Map.of("count", count, "pages", pages);
  }

  /** Sees one ConfigMap come, change and go. */
  private Map<String, ?> watch() throws Exception {
    String name = "java-watched-" + System.nanoTime();
    String since =
        api.listNamespacedConfigMap(namespace).limit(1).execute().getMetadata().getResourceVersion();
    var call =
        api.listNamespacedConfigMap(namespace).resourceVersion(since).watch(true).buildCall(null);
    var type = new TypeToken<Watch.Response<V1ConfigMap>>() {}.getType();
    List<String> events = new ArrayList<>();
    try (Watch<V1ConfigMap> watch = Watch.createWatch(client, call, type)) {
      V1ConfigMap config = new V1ConfigMap().metadata(new V1ObjectMeta().name(name));
      api.createNamespacedConfigMap(namespace, config).execute();
      config.putDataItem("changed", "yes");
      api.replaceNamespacedConfigMap(name, namespace, config).execute();
      api.deleteNamespacedConfigMap(name, namespace).execute();
      for (Watch.Response<V1ConfigMap> event : watch) {
        if (!name.equals(event.object.getMetadata().getName())) continue;
        events.add(event.type);
        if (event.type.equals("DELETED")) break;
      }
    }
    return Map.of("events", events);
  }

  /**
   * Some of the time the library loses the exit code to the end of the connection, with any server
   * (kubernetes-client/java#1891): then it is asked once more.
   */
  private Map<String, ?> exec() throws Exception {
    Map<String, ?> report = execOnce();
    for (int tries = 1; tries < 5 && report.get("code").equals(LOST); tries++) report = execOnce();
    return report;
  }

  /** Sends a line to a command and reads all that it says. */
  private Map<String, ?> execOnce() throws Exception {
    String[] command = {"sh", "-c", "read line; echo got $line; echo oops >&2; exit 7"};
    Process process = new Exec(client).exec(namespace, pod, command, true, false);
    // Taken before the command can end: a closed session gives no streams any more.
    InputStream out = process.getInputStream();
    InputStream err = process.getErrorStream();
    OutputStream stdin = process.getOutputStream();
    stdin.write("hello\n".getBytes(StandardCharsets.UTF_8));
    stdin.flush();
    String stdout = new String(out.readAllBytes(), StandardCharsets.UTF_8);
    String stderr = new String(err.readAllBytes(), StandardCharsets.UTF_8);
    return Map.of("stdout", stdout, "stderr", stderr, "code", process.waitFor());
  }

  /** Fetches the pod's page through a forwarded port. */
  private Map<String, ?> forward() throws Exception {
    var forwarded = new PortForward(client).forward(namespace, pod, List.of(8080));
    OutputStream out = forwarded.getOutboundStream(8080);
    out.write("GET / HTTP/1.0\r\nHost: pod\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();
    InputStream in = forwarded.getInputStream(8080);
    String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    int head = answer.indexOf("\r\n\r\n");
    int status = Integer.parseInt(answer.split(" ")[1]);
    return Map.of("status", status, "body", answer.substring(head + 4));
  }
}
