"""Draws the CSV that the soak leaves: python3 plot.py soak.csv soak.png"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

# Title, unit, columns; a cumulative column is drawn as its rate in an hour.
PANELS = [
    ("Memory (RSS)", "MiB", ["rss_kib"]),
    ("Tasks, open files, threads", "", ["tasks", "open_files", "threads"]),
    ("Known of AWS", "", ["aws_objects", "aws_notes"]),
    ("Calls that wait and run", "", ["calls_waiting", "calls_running"]),
    ("AWS calls an hour", "", ["aws_calls"]),
    ("Reconciles an hour", "", ["reconciles"]),
]
CUMULATIVE = {"aws_calls", "reconciles"}
# Samples over which a rate is taken: a minute.
WINDOW = 12


def series(rows, column):
    """Minutes and values of one column."""
    minutes = [float(row["seconds"]) / 60 for row in rows]
    values = [float(row[column]) for row in rows]
    if column == "rss_kib":
        return minutes, [value / 1024 for value in values]
    if column not in CUMULATIVE:
        return minutes, values
    rates = [
        (values[i] - values[i - WINDOW]) / (minutes[i] - minutes[i - WINDOW]) * 60 for i in range(WINDOW, len(values))
    ]
    return minutes[WINDOW:], rates


def main(source, target):
    with open(source, newline="") as file:
        rows = list(csv.DictReader(file))
    figure, axes = pyplot.subplots(3, 2, figsize=(11, 8), sharex=True, layout="constrained")
    for axis, (title, unit, columns) in zip(axes.flat, PANELS):
        highest = 1
        for column in columns:
            minutes, values = series(rows, column)
            axis.plot(minutes, values, label=column, linewidth=1)
            highest = max(highest, *values)
        axis.set_title(title, fontsize=10, loc="left")
        axis.set_ylabel(unit)
        axis.set_ylim(0, highest * 1.1)
        axis.grid(alpha=0.3)
        if len(columns) > 1:
            axis.legend(fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("minutes")
    figure.savefig(target, dpi=120)


if __name__ == "__main__":
    main(*sys.argv[1:3])
