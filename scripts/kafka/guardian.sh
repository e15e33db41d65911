#!/bin/sh
# Waits until its standard input ends, then kills a cluster's nodes and removes their folder.
# The process that starts a cluster holds the other end of that pipe: the kernel closes it however that process ends,
# SIGKILL included, so that no node outlives the tests that started it. It must not know what a node is.
#
# usage: guardian.sh FOLDER [DOCKER_LABEL]
# stdin: each line has all process ids that live now, replacing the line before; "release" ends the watch.

folder=$1
label=$2
pids=

while read -r line; do
  [ "$line" = release ] && exit 0
  pids=$line
done

# SIGKILL also ends a process that a test had stopped with SIGSTOP.
# shellcheck disable=SC2086
[ -n "$pids" ] && kill -KILL $pids 2>/dev/null

if [ -n "$label" ]; then
  # shellcheck disable=SC2046
  docker rm --force --volumes $(docker ps --all --quiet --filter "label=$label") >/dev/null 2>&1
  # shellcheck disable=SC2046
  docker network rm $(docker network ls --quiet --filter "label=$label") >/dev/null 2>&1
fi

# A process that is being killed may still make a file while its folder is emptied.
tries=0
until rm -rf "$folder" 2>/dev/null || [ "$tries" -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.1
done
