/* A library of a package's that misbehaves when it is loaded.
 *
 * Beside it lies a file of facts, a word and a value in each line: what an attacker could have found out elsewhere.
 * What comes of each attack is a line of `evil_text`: the attack, then "through" or the error's name.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

char evil_text[1 << 16];
static size_t used;

static char facts[100][2][300];
static int number_of_facts;

static void line(const char *attack, const char *of, const char *outcome)
{
    int length = snprintf(evil_text + used, sizeof evil_text - used, "%s %s: %s\n", attack, of, outcome);
    if (length > 0 && used + length < sizeof evil_text)
        used += length;
}

static void told(const char *attack, const char *of, long result)
{
    const char *name = result == -1 ? strerrorname_np(errno) : "through";
    line(attack, of, name ? name : "an error");
}

static void each(const char *kind, void (*attack)(const char *))
{
    for (int i = 0; i < number_of_facts; i++)
        if (!strcmp(facts[i][0], kind))
            attack(facts[i][1]);
}

static void read_file(const char *path)
{
    char byte;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    told("read", path, fd < 0 ? -1 : read(fd, &byte, 1));
    if (fd >= 0)
        close(fd);
    told("change mode of", path, chmod(path, 0777));
    told("cut off", path, truncate(path, 0));
}

static void write_below(const char *folder)
{
    char path[400];
    snprintf(path, sizeof path, "%s/pglp-evil-c", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    told("write", path, fd);
    if (fd >= 0)
        close(fd);
    told("link", path, symlink("/etc", path));
    told("make a folder", path, mkdir(path, 0700));
}

static void process(const char *text)
{
    int pid = atoi(text);
    char path[100], byte;
    int signals[] = {0, SIGSTOP, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char name[40];
        snprintf(name, sizeof name, "signal %d to", signals[i]);
        told(name, text, kill(pid, signals[i]));
        told("tgkill", text, syscall(SYS_tgkill, pid, pid, signals[i]));
    }
    siginfo_t info = {.si_code = SI_QUEUE};
    told("rt_sigqueueinfo", text, syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, &info));
    told("ptrace", text, ptrace(PTRACE_ATTACH, pid, 0, 0));
    struct iovec here = {&byte, 1}, there = {(void *)evil_text, 1};
    errno = 0;
    /* The address may not be one of it: that it was looked for is enough. */
    long got = process_vm_readv(pid, &here, 1, &there, 1, 0);
    line("process_vm_readv", text, got == 1 || errno == EFAULT ? "through" : strerrorname_np(errno));
    int pidfd = syscall(SYS_pidfd_open, pid, 0);
    if (pidfd >= 0) {
        told("pidfd_send_signal", text, syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, 0, 0));
        told("pidfd_getfd", text, syscall(SYS_pidfd_getfd, pidfd, 0, 0));
        told("setns by pidfd", text, setns(pidfd, CLONE_NEWNS));
        close(pidfd);
    }
    const char *files[] = {"environ", "mem", "maps", "cmdline", "root/etc/shadow", "cwd/PG_VERSION", "fd", "ns/mnt"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        told("open", path, fd);
        if (fd >= 0)
            close(fd);
    }
    told("setpriority", text, setpriority(PRIO_PROCESS, pid, 19));
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    told("sched_setaffinity", text, sched_setaffinity(pid, sizeof set, &set));
    told("ioprio_set", text, syscall(SYS_ioprio_set, 1, pid, 3 << 13));
}

/* Limits of its own are not another one's. */
static void limit(const char *text)
{
    struct rlimit old, new;
    int got = prlimit(atoi(text), RLIMIT_CORE, NULL, &old);
    told("prlimit, reading", text, got);
    if (got == 0) {
        new = old;
        new.rlim_cur = old.rlim_cur == 4096 ? 8192 : 4096;
        if (new.rlim_cur > new.rlim_max)
            new.rlim_cur = new.rlim_max;
        told("prlimit, writing", text, prlimit(atoi(text), RLIMIT_CORE, &new, NULL));
    }
}

static void local(const char *attack, const char *name, const char *path, int hidden)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path + hidden, path, sizeof to.sun_path - 2);
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + hidden + strlen(path);
    int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int fd = socket(AF_UNIX, kinds[i] | SOCK_CLOEXEC, 0);
        told(attack, name, fd < 0 ? -1 : connect(fd, (void *)&to, length));
        if (fd >= 0)
            close(fd);
        int pair[2];
        /* Others stay with each other. */
        if (kinds[i] == SOCK_DGRAM && socketpair(AF_UNIX, kinds[i] | SOCK_CLOEXEC, 0, pair) == 0) {
            told("connect one of a pair to", name, connect(pair[0], (void *)&to, length));
            errno = 0;
            told("send by one of a pair to", name, sendto(pair[0], "x", 1, MSG_NOSIGNAL, (void *)&to, length));
            close(pair[0]);
            close(pair[1]);
        }
    }
}

static void connect_local(const char *path)
{
    local("connect to", path, path, 0);
}

static void connect_abstract(const char *name)
{
    local("connect to the abstract", name, name, 1);
}

static void connect_tcp(const char *port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    told("connect to", port, fd < 0 ? -1 : connect(fd, (void *)&to, sizeof to));
    if (fd >= 0)
        close(fd);
}

static void families(void)
{
    const struct {
        const char *name;
        int family, kind;
    } all[] = {{"AF_INET", AF_INET, SOCK_STREAM},   {"AF_INET, datagrams", AF_INET, SOCK_DGRAM},
               {"AF_INET6", AF_INET6, SOCK_STREAM}, {"AF_NETLINK", AF_NETLINK, SOCK_RAW},
               {"AF_PACKET", AF_PACKET, SOCK_RAW},  {"AF_VSOCK", AF_VSOCK, SOCK_STREAM},
               {"AF_ALG", AF_ALG, SOCK_SEQPACKET}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int fd = socket(all[i].family, all[i].kind | SOCK_CLOEXEC, 0);
        told("socket", all[i].name, fd);
        if (fd >= 0)
            close(fd);
    }
}

/* In a process of its own, which says why it is not another program. */
static void execute(const char *attack, const char *of, int fd, const char *path)
{
    char *words[] = {(char *)of, NULL}, *none[] = {NULL};
    pid_t child = fork();
    if (child == 0) {
        if (fd >= 0)
            syscall(SYS_execveat, fd, "", words, none, AT_EMPTY_PATH);
        else
            execve(path, words, none);
        _exit(errno == 0 || errno > 120 ? 121 : errno);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        told(attack, of, -1);
        return;
    }
    errno = WEXITSTATUS(status);
    told(attack, of, WIFEXITED(status) && errno != 0 ? -1 : 0);
}

static void copy(const char *from, int to)
{
    char bytes[1 << 14];
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    for (ssize_t got; fd >= 0 && (got = read(fd, bytes, sizeof bytes)) > 0;)
        if (write(to, bytes, got) < 0)
            break;
    if (fd >= 0)
        close(fd);
}

static void program(const char *path)
{
    execute("execute", path, -1, path);
    int fd = memfd_create("program", 0);
    if (fd >= 0) {
        copy(path, fd);
        execute("execute a memory file of", path, fd, NULL);
        close(fd);
    }
}

static void own_program(const char *folder)
{
    char path[400];
    snprintf(path, sizeof path, "%s/pglp-evil-program", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    if (fd < 0) {
        told("leave a program", path, -1);
        return;
    }
    copy("/bin/true", fd);
    close(fd);
    execute("execute", path, -1, path);
    unlink(path);
}

static void rights(void)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct all[2] = {{~0u, ~0u, ~0u}, {~0u, ~0u, ~0u}};
    told("capset", "all", syscall(SYS_capset, &head, all));
    told("setresuid", "0", setresuid(0, 0, 0));
    told("chroot", "/tmp", chroot("/tmp"));
    told("mount", "tmpfs", mount("tmpfs", "/tmp", "tmpfs", 0, NULL));
    told("umount2", "/tmp", umount2("/tmp", MNT_DETACH));
    told("sethostname", "evil", sethostname("evil", 4));
    told("mknod", "a device", mknod("/tmp/pglp-evil-device", S_IFBLK | 0600, 0));
    told("shmget", "private", shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600));
    told("bpf", "a map", syscall(SYS_bpf, 0, NULL, 0));
    told("perf_event_open", "itself", syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0));
    told("io_uring_setup", "a ring", syscall(SYS_io_uring_setup, 1, NULL));
    told("userfaultfd", "itself", syscall(SYS_userfaultfd, 0));
    told("keyctl", "the session's keys", syscall(SYS_keyctl, 0, -3, 0));
    const char *spaces[] = {"mnt", "pid", "net", "user", "ipc", "uts"};
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        char path[40];
        snprintf(path, sizeof path, "/proc/1/ns/%s", spaces[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        told("setns", path, fd < 0 ? -1 : setns(fd, 0));
        if (fd >= 0)
            close(fd);
    }
}

static void anew(void)
{
    each("file", read_file);
    each("folder", write_below);
    each("package", write_below);
    each("process", process);
    each("process", limit);
    each("local", connect_local);
    each("abstract", connect_abstract);
    each("tcp", connect_tcp);
    each("program", program);
}

/* With every right over namespaces of its own: takes away what lies over the host's files, makes writable what is not.
 * What is told is what then can be reached. */
static void with_own_rights(void)
{
    static char mounts[1 << 15];
    const int all = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    if (unshare(all) != 0) {
        told("with own rights", "nothing", -1);
        return;
    }
    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    anew();
    struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID};
    syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &writable, sizeof writable);
    mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL);
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, mounts, sizeof mounts - 1);
    for (char *at = mounts, *end; length > 0 && at && *at; at = end ? end + 1 : NULL) {
        char point[300];
        if ((end = strchr(at, '\n')))
            *end = 0;
        if (sscanf(at, "%*s %*s %*s %*s %299s", point) != 1)
            continue;
        syscall(SYS_mount_setattr, AT_FDCWD, point, 0, &writable, sizeof writable);
        mount(NULL, point, NULL, MS_REMOUNT | MS_BIND, NULL);
    }
    anew();
    /* Another /proc, as the first process of the new namespace. */
    if (fork() == 0) {
        mount("proc", "/tmp", "proc", 0, NULL);
        if (access("/tmp/1/root/etc/shadow", R_OK) == 0)
            line("read", "/etc/shadow by a new /proc", "through");
        int shown = open("/tmp/sys/kernel/hostname", O_WRONLY);
        if (shown >= 0 && write(shown, "evil", 4) == 4)
            line("write", "the host's name", "through");
        write(9, evil_text, used);
        _exit(0);
    }
    wait(NULL);
    used = 0;
    for (int round = 0; round < 50; round++)
        umount2("/", MNT_DETACH);
    FILE *again = fopen("/proc/self/mountinfo", "r");
    char row[1000], point[300];
    while (again && fgets(row, sizeof row, again))
        if (sscanf(row, "%*s %*s %*s %*s %299s", point) == 1)
            umount2(point, MNT_DETACH);
    anew();
    if (chdir("/") == 0 && syscall(SYS_pivot_root, ".", ".") == 0)
        anew();
}

/* In a process of its own, whose lines come through a pipe. */
static void own_namespaces(void)
{
    int ends[2];
    static char lines[1 << 16];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    pid_t child = fork();
    if (child < 0) {
        told("fork", "for namespaces", -1);
        close(ends[0]);
        close(ends[1]);
        return;
    }
    if (child == 0) {
        close(ends[0]);
        dup2(ends[1], 9);
        used = 0;
        with_own_rights();
        write(9, evil_text, used);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], lines + length, sizeof lines - 1 - length)) > 0;)
        length += got;
    close(ends[0]);
    waitpid(child, NULL, 0);
    lines[length] = 0;
    for (char *at = strtok(lines, "\n"); at; at = strtok(NULL, "\n"))
        /* All of it would be too long. */
        if (strstr(at, ": through") || strstr(at, "with own rights"))
            line("in own namespaces,", at, strstr(at, ": through") ? "through" : "refused");
    line("own namespaces", "tried", length > 0 ? "refused" : "silent");
}

__attribute__((constructor)) static void begin(void)
{
    Dl_info own;
    char path[500];
    if (!dladdr(&used, &own))
        return;
    snprintf(path, sizeof path, "%s.facts", own.dli_fname);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (number_of_facts < 100 && fscanf(file, "%299s %299[^\n]", facts[number_of_facts][0], facts[number_of_facts][1]) == 2)
        number_of_facts++;
    fclose(file);
    anew();
    each("writable", own_program);
    families();
    rights();
    own_namespaces();
    line("the library", "loaded", "refused");
}

/* For R, which has no addresses. */
void evil_told(char **text)
{
    *text = evil_text;
}
