"""How many cores and pods a number of texts a day takes, what they cost, and how autoscaling follows a tenfold step.

    python3 tests/scale/simulate.py

prints the tables that docs/operations.md quotes. Times are those that service_times.py measured; what is assumed is written in
capitals below and told with the tables.
"""

import math

# Processor time of a text in each service, in milliseconds, and bytes between all of them: service_times.py.
MEASURED = {
    "passages": {"tokens": 111, "gateway": 0.61, "language": 0.35, "entities": 6.53, "topics": 0.46, "wire_kb": 5.3},
    "articles": {"tokens": 869, "gateway": 0.89, "language": 0.66, "entities": 46.47, "topics": 0.89, "wire_kb": 19.5},
}
COMPONENTS = ("gateway", "language", "entities", "topics")
# Cores that the chart asks for, for each pod.
CORES = {"gateway": 0.5, "language": 0.25, "entities": 2.0, "topics": 0.5}
# A day's busiest hour, over the day's mean.
PEAK = 3.0
# Share of the requested cores that autoscaling keeps to: the chart's cpuPercent.
BUSY = 0.70
# Prices, in dollars an hour: of a core with 4 GiB, as clouds ask for machines by the hour, and of a GPU with its machine.
CORE_PRICE, GPU_PRICE = 0.04, 1.00
HOURS = 730

# The chart's autoscaling of the entities, and Kubernetes' own habits.
POD_CORES, PODS_MIN, PODS_MAX = 2.0, 2, 40
SYNC_SECONDS, TOLERANCE = 15, 0.10
UP_PERCENT, UP_PODS = 100, 4
# From the decision to the first call: scheduled, started with the image at hand, model loaded, ready, found by the gateway.
POD_SECONDS = 12
# Age of what the autoscaler sees, and the time that it is a mean of. A pod counts as idle until it has such a mean.
METRIC_SECONDS, WINDOW_SECONDS = 15, 15
# The chart's target of the queue, and the wait that admission lets in: --queue-ms-max.
QUEUE_TARGET, QUEUE_SECONDS = 16384, 2.0


def pods(times, per_second):
    return {name: max(2, math.ceil(per_second * times[name] / 1000 / BUSY / CORES[name])) for name in COMPONENTS}


def capacity_table():
    print("| texts a day | kind | a second, mean | peak | pods: gateway, language, entities, topics | cores | $ a month | "
          "Gbit/s |")
    print("|---|---|---|---|---|---|---|---|")
    for texts in (10_000_000, 1_000_000_000):
        for kind, times in MEASURED.items():
            mean = texts / 86400
            at_peak, at_mean = pods(times, mean * PEAK), pods(times, mean)
            cores = sum(count * CORES[name] for name, count in at_peak.items())
            # Autoscaling pays for the mean, not for the peak.
            paid = sum(count * CORES[name] for name, count in at_mean.items())
            wire = mean * PEAK * times["wire_kb"] * 8 / 1e6
            print(f"| {texts / 1e6:,.0f} million | {kind} | {mean:,.0f} | {mean * PEAK:,.0f} | "
                  f"{', '.join(f'{at_peak[name]:,}' for name in COMPONENTS)} | {cores:,.0f} | "
                  f"{paid * CORE_PRICE * HOURS:,.0f} | {wire:.2f} |")


def saturation_table():
    print("| kind | texts/s of a pod: gateway | language | entities | topics | entity pods that fill a gateway pod |")
    print("|---|---|---|---|---|---|")
    for kind, times in MEASURED.items():
        most = {name: CORES[name] * 1000 / times[name] for name in COMPONENTS}
        print(f"| {kind} | {' | '.join(f'{most[name]:,.0f}' for name in COMPONENTS)} | "
              f"{most['gateway'] / most['entities']:.1f} |")


def gpu_break_even():
    times = MEASURED["passages"]
    core = times["tokens"] / times["entities"] * 1000
    print(f"A core makes {core:,.0f} tokens/s of the entity model. At an assumed ${GPU_PRICE:.2f} an hour against ${CORE_PRICE:.2f} for a core, "
          f"a GPU pays from {core * GPU_PRICE / CORE_PRICE:,.0f} tokens/s on, kept busy.")


def wanted(now, counted, metric, target):
    """Kubernetes' rule for scaling up: in proportion, pods without a metric taken for idle, and nothing within the tolerance."""
    ratio = metric * counted / now / target
    return now if ratio <= 1 + TOLERANCE else math.ceil(now * ratio)


def follow(by_queue, start, factor, times, seconds=600):
    """Second by second: texts come, pods answer, what would wait too long is refused. Yields (second, pods, arrived, refused)."""
    speed = POD_CORES * 1000 / times["entities"]
    arriving = start * speed * BUSY
    ready_at, waiting, history = [-math.inf] * start, 0.0, []
    for second in range(-60, seconds):
        if second == 0:
            arriving *= factor
        serving = sum(ready <= second for ready in ready_at)
        room = max(0.0, serving * speed * (QUEUE_SECONDS + 1) - waiting)
        let_in = min(arriving, room)
        done = min(waiting + let_in, serving * speed)
        waiting += let_in - done
        # Means over the pods that serve: of the cores asked for, in percent, and of the tokens that wait.
        history.append((100 * done / speed / serving, waiting * times["tokens"] / serving))
        if second % SYNC_SECONDS == 0:
            now = len(ready_at)
            window = history[-METRIC_SECONDS - WINDOW_SECONDS:-METRIC_SECONDS] or history[:1]
            load, queue = (sum(column) / len(window) for column in zip(*window))
            counted = sum(ready <= second - METRIC_SECONDS - WINDOW_SECONDS for ready in ready_at)
            choice = wanted(now, counted, load, 100 * BUSY)
            if by_queue:
                choice = max(choice, wanted(now, counted, queue, QUEUE_TARGET))
            choice = min(choice, max(now + now * UP_PERCENT // 100, now + UP_PODS), PODS_MAX)
            ready_at += [second + POD_SECONDS] * (choice - now)
        yield second, serving, arriving, arriving - let_in


def step_table():
    times = MEASURED["passages"]
    print("| scaled by | 15 s | 30 s | 60 s | 120 s | 180 s | 300 s | refused in the first five minutes | last refusal |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, by_queue in (("CPU", False), ("CPU and queue", True)):
        rows = [row for row in follow(by_queue, PODS_MIN, 10, times) if row[0] >= 0]
        at = {second: serving for second, serving, *_ in rows}
        five = rows[:300]
        refused, came = sum(row[3] for row in five), sum(row[2] for row in five)
        last = max((row[0] for row in rows if row[3] > 0.5), default=0)
        print(f"| {name} | {' | '.join(str(at[second]) for second in (15, 30, 60, 120, 180))} | {at[300]} | "
              f"{100 * refused / came:.0f} % | {last} s |")


if __name__ == "__main__":
    capacity_table()
    print()
    saturation_table()
    print()
    gpu_break_even()
    print()
    step_table()
