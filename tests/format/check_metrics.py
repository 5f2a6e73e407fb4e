"""Reads metrics with the parser of Prometheus's Python client, and finds every number of numbered_stats in them.

    check_metrics.py openmetrics|prometheus PROGRAM [ARGUMENT...]"""
import subprocess
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

MORE = 5 << 32


def fail(message):
    sys.exit("check_metrics.py: " + message)


NAME = 'a "name" \\ \u00e4 '


def read(form, command):
    """Samples by the name of the instance."""
    text = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode("utf-8")
    if "\r" in text:
        fail("there are carriage returns")
    parse = {"openmetrics": openmetrics_parser, "prometheus": parser}[form].text_string_to_metric_families
    samples, keys, families = {}, set(), set()
    for family in parse(text):
        if family.name in families:
            fail("%s is described twice" % family.name)
        families.add(family.name)
        if family.type not in ("gauge", "counter") or not family.documentation:
            fail("%s has no type or no help" % family.name)
        if form == "openmetrics" and family.name.endswith(("_bytes", "_seconds")) and not family.unit:
            fail("%s has no unit" % family.name)
        for sample in family.samples:
            if not sample.name.startswith("hostmem_"):
                fail("%s is a wrong name" % sample.name)
            if family.type == "counter" and not sample.name.endswith("_total"):
                fail("%s does not end in _total" % sample.name)
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in keys:
                fail("%s is there twice" % (key,))
            keys.add(key)
            samples.setdefault(sample.labels.get("name"), []).append(sample)
    return samples


def check_figures(samples):
    values = []
    for sample in samples:
        if sample.name in ("hostmem_latched", "hostmem_clr_unavailable"):
            if sample.value != (sample.name == "hostmem_clr_unavailable"):
                fail("%s is %s" % (sample.name, sample.value))
            continue
        factor = 1000 if sample.name == "hostmem_wait_seconds_total" else 1
        values.append(round(sample.value * factor) - MORE)
    # All but the three of `refused`, which `refusals` has, and the place of the two flags.
    missing = set(range(1, max(values) + 1)) - set(values)
    if len(set(values)) != len(values) or len(missing) != 4:
        fail("missing: %s" % sorted(missing))
    return len(samples)


def main():
    form, command = sys.argv[1], sys.argv[2:]
    samples = read(form, command)
    expected = [NAME, "another", None] if command[-1] == "several" else [NAME]
    if set(samples) != set(expected):
        fail("wrong names: %s" % list(samples))
    number = check_figures(samples[NAME])
    if len(expected) > 1:
        if check_figures(samples["another"]) != number:
            fail("the second has not what the first has")
        # The old version's ten figures but its limit, which it has not.
        if len(samples[None]) != 10:
            fail("the old one has %s" % [sample.name for sample in samples[None]])
    print("%d samples" % sum(len(of_one) for of_one in samples.values()))


main()
