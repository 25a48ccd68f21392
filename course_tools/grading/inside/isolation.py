"""What a forked process does to itself before it runs a learner's code: namespaces and limits.

The order matters. `own_namespaces` makes a new user namespace in which this process may mount; its
first child is process 1 of the new process namespace. `give_up_rights` enters a second user
namespace, which owns nothing, and forbids any more of them, in which the learner could mount file
systems that no limit counts.
"""

import ctypes
import os
import resource

from course_tools.grading import processes

_libc = ctypes.CDLL(None, use_errno=True)

# From linux/sched.h, sys/mount.h and linux/prctl.h
_CLONE = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 4, 36, 38
_CAPABILITY_VERSION_3 = 0x20080522
_MAX_OTHER_ADDRESSES = 64 * 2**30


def own_namespaces(private: str, disk_bytes: int, own_tmp: bool) -> None:
    """Enter new namespaces and mount the private temporary space at `private`.

    `private/home`, `private/work` and `private/tmp` are directories of it, and so are `/dev/shm`
    and, if `own_tmp`, `/tmp`: all of them together hold at most `disk_bytes`.
    """
    uid, gid = os.getuid(), os.getgid()
    _unshare(*_CLONE)
    _map_user(0, uid, 0, gid)
    _mount("none", "/", None, _REC | _PRIVATE)
    size = f"size={disk_bytes},nr_inodes=20000,mode=0755"
    _mount("tmpfs", private, "tmpfs", _NOSUID | _NODEV, size)
    for name, mode in {"home": 0o700, "work": 0o700, "tmp": 0o1777, "shm": 0o1777}.items():
        os.mkdir(f"{private}/{name}")
        os.chmod(f"{private}/{name}", mode)
    _mount(f"{private}/shm", "/dev/shm", None, _BIND)
    if own_tmp:
        _mount(f"{private}/tmp", "/tmp", None, _BIND)
    terminals = "newinstance,ptmxmode=0666,mode=620"
    _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, terminals)


def give_up_rights(uid: int, gid: int) -> None:
    """As process 1 of the new namespace, mount its `/proc`; then keep no capability at all."""
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    with open("/proc/sys/user/max_user_namespaces", "w") as limit:
        limit.write("1")
    _unshare("user")
    _map_user(uid, 0, gid, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def no_new_privileges() -> None:
    """Keep the programs that this process starts from gaining rights (set-user-id files)."""
    if _has_prctl():
        _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def set_traceable(traceable: bool) -> None:
    """Say whether other processes of the same user may read and trace this one."""
    if _has_prctl():
        _check(_libc.prctl(_PR_SET_DUMPABLE, int(traceable), 0, 0, 0), "dumpable")


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent ends."""
    if _has_prctl():
        _check(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper")


def set_limits(limits: dict[str, int]) -> None:
    """Set the resource limits of this process and of all that it starts."""
    # Where its own memory can't be measured: what TensorFlow takes.
    data = limits["memory_bytes"] + (processes.data_bytes() or 2**32)
    for name, value in (
        ("RLIMIT_DATA", data),
        # Addresses cost little, but the tables for terabytes of them are gigabytes.
        ("RLIMIT_AS", data + _MAX_OTHER_ADDRESSES),
        ("RLIMIT_NPROC", limits["process_limit"]),
        ("RLIMIT_FSIZE", limits["file_bytes"]),
        ("RLIMIT_NOFILE", 512),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_MSGQUEUE", 0),
        ("RLIMIT_MEMLOCK", 0),
    ):
        if hasattr(resource, name) and value >= 0:
            _set_limit(getattr(resource, name), value, value)
    # At the first limit the process gets SIGXCPU; at the second, if it went on, SIGKILL.
    _set_limit(resource.RLIMIT_CPU, limits["cpu_seconds"], limits["cpu_seconds"] + 2)


def _set_limit(which: int, soft: int, hard: int) -> None:
    highest = resource.getrlimit(which)[1]
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(which, (soft, hard))


def _unshare(*kinds: str) -> None:
    _check(_libc.unshare(sum(_CLONE[kind] for kind in kinds)), f"new namespaces: {kinds}")


def _map_user(uid: int, outer_uid: int, gid: int, outer_gid: int) -> None:
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outer_uid} 1"),
        ("gid_map", f"{gid} {outer_gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    arguments = (source.encode(), target.encode(), kind.encode() if kind else None)
    _check(
        _libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None),
        f"mounting {target}",
    )


def _has_prctl() -> bool:
    return hasattr(_libc, "prctl")


def _check(result: int, what: str) -> None:
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")
