# Asks STS with the SDK for Ruby, once and then for each line of standard input; prints a line of JSON for each.

require "json"
require "aws-sdk-core"

client = nil
loop do
  begin
    client ||= Aws::STS::Client.new(retry_limit: 0, endpoint: ENV.fetch("AWS_ENDPOINT_URL_STS"))
    answer = { status: 200, said: client.get_caller_identity.arn }
  rescue StandardError => error
    answer = { status: 0, said: "#{error.class}: #{error.message}" }
  end
  puts JSON.generate(answer)
  $stdout.flush
  break unless $stdin.gets
end
