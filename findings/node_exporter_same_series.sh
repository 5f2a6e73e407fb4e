#!/usr/bin/env bash
# Programs give figures to Prometheus through files, which node_exporter's text-file collector reads. Two programs may write the
# same series, name and labels, each into its own file. One would guess that the collector says that it could not read a file:
# it has a metric for this, node_textfile_scrape_error, and the dashboards that people use have an alert on it; or that the
# scrape fails.
# node_exporter 1.5.0 keeps one of the two and answers 200; node_textfile_scrape_error is 0, node_scrape_collector_success is 1. Only
# its log says so, and promhttp_metric_handler_errors_total, which counts from the second scrape on. The same happens if the two
# files have different help texts for a metric, and then other series of the second file are lost, too.
# Seen with prometheus-node-exporter 1.5.0-1+b6 of Debian 12.
# For hostmem: the metrics of two instances differ by their name alone, so it must be another for each process that writes into
# one folder: include/README.md says so, and what tells of it. Help texts must not change between versions of the library that
# run side by side, or only with the metric's name.
set -euo pipefail
work=$(mktemp -d)
exporter=
trap '[ -z "$exporter" ] || kill "$exporter"; rm -rf "$work"' EXIT
cd "$work"
apt-get -q download prometheus-node-exporter=1.5.0-1+b6 >/dev/null 2>&1
dpkg -x prometheus-node-exporter_*.deb package
command -v curl >/dev/null || apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install curl >/dev/null
mkdir files
cat >files/first.prom <<'END'
# HELP app_used_bytes Bytes in use.
# TYPE app_used_bytes gauge
app_used_bytes{name="one"} 5
END
cat >files/second.prom <<'END'
# HELP app_used_bytes Bytes in use.
# TYPE app_used_bytes gauge
app_used_bytes{name="one"} 7
app_used_bytes{name="two"} 8
END
package/usr/bin/prometheus-node-exporter --web.listen-address=127.0.0.1:19137 --collector.disable-defaults \
    --collector.textfile --collector.textfile.directory=files >log 2>&1 &
exporter=$!
ask() {
    curl -s --retry 30 --retry-connrefused --retry-delay 1 -w 'status %{http_code}\n' http://127.0.0.1:19137/metrics |
        grep -E '^(app_|node_textfile_scrape_error|node_scrape_collector_success|status)'
}
{
    ask
    sed -i 's/Bytes in use/Bytes that are used/; /"one"/d' files/second.prom
    ask
    echo "in the log: $(grep -c 'was collected before with the same name and label values' log) $(grep -c 'has help' log)"
} | tee seen
cmp - seen <<'END' || { echo "FAILED: it has changed"; exit 1; }
app_used_bytes{name="one"} 5
app_used_bytes{name="two"} 8
node_scrape_collector_success{collector="textfile"} 1
node_textfile_scrape_error 0
status 200
app_used_bytes{name="one"} 5
node_scrape_collector_success{collector="textfile"} 1
node_textfile_scrape_error 0
status 200
in the log: 1 1
END
