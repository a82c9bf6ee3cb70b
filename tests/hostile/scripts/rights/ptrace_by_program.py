# Has a program that it started trace another, with the right to start programs.
# layers: SC
# rows: 20, 25
# expect: refused nothing
# settings: launchpad.allow_exec=on

import platform
import subprocess

# By way of another interpreter, which no memory of this process is in.
TRACE = "use POSIX; my $p = fork; if (!$p) { sleep 5; POSIX::_exit(0) } "
TRACE += "my $r = syscall(%d, 16, $p, 0, 0); kill 9, $p; exit($r == 0 ? 0 : 1)"


def trace():
    number = {"x86_64": 101, "aarch64": 117}[platform.machine()]
    done = subprocess.run(["/usr/bin/perl", "-e", TRACE % number], capture_output=True)
    if done.returncode == 0:
        return "traced"
    raise Nothing("nothing")


attack(trace)
