-- wrk prints rounded figures for people; this prints one line of JSON: microseconds and counts.
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"p50":%d,"p99":%d,"failed":%d}\n',
    summary.requests, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
