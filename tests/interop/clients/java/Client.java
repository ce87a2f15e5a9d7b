import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Client client-java|fabric8|aws: lists pods with a Kubernetes client, or asks STS with the SDK, once and then for each line of
 * standard input; prints a line of JSON for each.
 */
public class Client {
    interface Maker {
        Callable<String> make() throws Exception;
    }

    static final Map<String, Maker> MAKERS = Map.of(
            "client-java", Client::clientJava, "fabric8", Client::fabric8, "aws", Client::aws);

    static Callable<String> clientJava() throws Exception {
        var api = new io.kubernetes.client.openapi.apis.CoreV1Api(io.kubernetes.client.util.Config.defaultClient());
        return () -> api.listNamespacedPod("default").execute().getItems().size() + " pods";
    }

    static Callable<String> fabric8() {
        var client = new io.fabric8.kubernetes.client.KubernetesClientBuilder().build();
        return () -> client.pods().inNamespace("default").list().getItems().size() + " pods";
    }

    static Callable<String> aws() {
        var sts = software.amazon.awssdk.services.sts.StsClient.create();
        return () -> sts.getCallerIdentity().arn();
    }

    static int status(Throwable error) {
        if (error instanceof io.kubernetes.client.openapi.ApiException refused) {
            return refused.getCode();
        }
        if (error instanceof io.fabric8.kubernetes.client.KubernetesClientException refused) {
            return refused.getCode();
        }
        return 0;
    }

    /** The error with its causes, as a stack trace has them. */
    static String said(Throwable error) {
        return error == null ? "" : error + "\n" + said(error.getCause());
    }

    static String json(String text) {
        var line = new StringBuilder("\"");
        text.chars().forEach(c -> line.append(c < ' ' || c == '"' || c == '\\' ? String.format("\\u%04x", c) : (char) c + ""));
        return line.append('"').toString();
    }

    public static void main(String[] arguments) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        Callable<String> call = null;
        do {
            int status = 200;
            String said;
            try {
                if (call == null) {
                    call = MAKERS.get(arguments[0]).make();
                }
                said = call.call();
            } catch (Exception error) {
                status = status(error);
                said = said(error);
            }
            System.out.println("{\"status\": " + status + ", \"said\": " + json(said) + "}");
        } while (lines.readLine() != null);
        System.exit(0);
    }
}
