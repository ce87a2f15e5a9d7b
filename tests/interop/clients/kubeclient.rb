# Lists pods with kubeclient, once and then for each line of standard input; prints a line of JSON for each.

require "json"
require "kubeclient"

client = nil
loop do
  begin
    client ||= begin
      context = Kubeclient::Config.read(ENV.fetch("KUBECONFIG")).context
      options = { ssl_options: context.ssl_options, auth_options: context.auth_options }
      Kubeclient::Client.new(context.api_endpoint, "v1", **options)
    end
    answer = { status: 200, said: "#{client.get_pods(namespace: "default").size} pods" }
  rescue StandardError => error
    status = error.respond_to?(:error_code) ? error.error_code.to_i : 0
    answer = { status: status, said: "#{error.class}: #{error.message}" }
  end
  puts JSON.generate(answer)
  $stdout.flush
  break unless $stdin.gets
end
