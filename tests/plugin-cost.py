# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plugin costs tshark: pairs of runs over one capture, without and with it.

    plugin-cost.py PLUGIN CAPTURE [PAIRS [TSHARK-ARGUMENT...]]

Processor time and not the clock's: other work on the machine disturbs it less. As root the runs are
nobody's, because tshark ignores the environment's plugin folder when it runs as root.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile


def measure(folder, capture, arguments):
    """Processor seconds and peak memory in MB of one run with the plugins in `folder`."""
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    process = subprocess.Popen(["tshark", "-r", capture, *arguments], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               env={"PATH": os.environ["PATH"], "HOME": str(folder),
                                    "WIRESHARK_PLUGIN_DIR": str(folder)}, **user)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"tshark ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    plugin, capture = pathlib.Path(sys.argv[1]), sys.argv[2]
    pairs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as work:
        without, with_it = pathlib.Path(work, "without"), pathlib.Path(work, "with")
        folder = with_it / plugin.parts[-3] / "epan"
        without.mkdir()
        folder.mkdir(parents=True)
        shutil.copy(plugin, folder)
        os.chmod(work, 0o755)
        ratios = []
        for _ in range(pairs):
            before, after = (measure(folder, capture, sys.argv[4:]) for folder in (without, with_it))
            ratios.append((after[0] / before[0], after[1] / before[1]))
            print(f"without {before[0]:6.2f} s {before[1]:6.0f} MB   with {after[0]:6.2f} s "
                  f"{after[1]:6.0f} MB   time x {ratios[-1][0]:.3f}   memory x {ratios[-1][1]:.3f}",
                  flush=True)
    print(f"median: time x {statistics.median(r[0] for r in ratios):.3f}   "
          f"memory x {statistics.median(r[1] for r in ratios):.3f}")


main()
