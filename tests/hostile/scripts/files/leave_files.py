# Leaves files for the next call wherever it can write; the second call looks for them.
# layers: NS
# rows: 9
# expect: refused nothing
# again: yes

found = []
for folder in (".", "/tmp", "/dev/shm", "/var/tmp", "/run/lock"):
    path = os.path.join(folder, planted["marker"])
    if os.path.exists(path):
        found.append(path)
        os.unlink(path)
    elif planted["previous"] is None:
        try:
            open(path, "w").close()
        except OSError:
            pass
if found:
    through(found)
else:
    refused("nothing")
