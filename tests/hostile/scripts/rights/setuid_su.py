# Becomes the super-user by programs that run as him, with the right to start programs.
# layers: NS, NNP
# rows: 24
# expect: refused nothing
# settings: launchpad.allow_exec=on
# control: refused because they ask for a password, or look for themselves who has started them

import subprocess


def become():
    for words in (
        ["su", "-c", "id -u"],
        ["mount", "-t", "tmpfs", "none", "/tmp"],
        ["sudo", "-n", "id"],
    ):
        try:
            done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL)
        except OSError:
            continue
        if done.returncode == 0:
            return words
    raise Nothing("nothing")


attack(become)
