# view.sh - what a process in a container can see of its confinement; run by its sh
awk '{s = ""; for (i = 7; i <= NF; i++) if ($i == "-") s = $(i + 1) " " $(i + 2) " " $(i + 3); print $5, $6, s}' \
	/proc/self/mountinfo | sort
grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Sig|Umask|NSpgid|NSsid|Threads|Cpus_allowed_list|Mems_allowed_list)' /proc/self/status
for fd in /proc/self/fd/*; do [ -e "$fd" ] && echo "$fd"; done
tr '\0' '\n' </proc/self/environ | sort
cat /proc/self/limits /proc/self/oom_score_adj /proc/self/personality /proc/self/timerslack_ns /proc/self/loginuid
id
pwd
hostname
umask
tr '\0' ' ' </proc/1/cmdline
cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
for name in /proc/self/ns/*; do basename "$name"; done
stat -c '%n %a %u %g %F %t %T' /dev /dev/* /proc /sys /etc/hosts /etc/hostname /run/.containerenv /tmp /
