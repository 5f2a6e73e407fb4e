#!/usr/bin/env bash
# GCMemoryInfo.PinnedObjectsCount "gets the number of pinned objects this GC observed", by its documentation: objects that
# must not move keep the collector from compacting, so monitors watch this number. One would guess that an object which 100
# handles pin is one of them, and that the objects of the heap for pinned objects (GC.AllocateArray with pinned: true),
# which never move, are all in it.
# The number is that of pinning references: the one object counts 100 times. Objects of the heap for pinned objects are not
# in it, except for those that have a handle besides.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: it has no figure for pinned objects and must not take this one for it. What they cost is in its kind
# "collector's heap": regions that stay committed after a full collection.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >pinned.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>true</SelfContained>
    <RuntimeFrameworkVersion>10.0.12</RuntimeFrameworkVersion>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
</Project>
X
cat >pinned.cs <<'S'
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

static class Pinned
{
    static readonly List<GCHandle> handles = new();
    static readonly List<byte[]> kept = new();

    static long Count()
    {
        GC.Collect();
        return GC.GetGCMemoryInfo(GCKind.FullBlocking).PinnedObjectsCount;
    }

    static void Pin(object target) => handles.Add(GCHandle.Alloc(target, GCHandleType.Pinned));

    static void Main()
    {
        long before = Count(); // the runtime's own
        void Show(string what)
        {
            Console.WriteLine($"{what}: {Count() - before}");
            foreach (GCHandle handle in handles) handle.Free();
            handles.Clear();
        }

        byte[] one = new byte[100];
        for (int i = 0; i < 100; i++) Pin(one);
        Show("100 handles of one object");
        for (int i = 0; i < 100; i++) Pin(new byte[100]);
        Show("100 objects with a handle each");
        for (int i = 0; i < 100; i++) kept.Add(GC.AllocateArray<byte>(100, pinned: true));
        Show("100 objects of the heap for pinned objects");
        for (int i = 0; i < 10; i++) Pin(kept[i]);
        Show("10 of them with a handle");
        GC.KeepAlive(one);
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
echo ".NET $(sed -n 's/.*"version": "\(.*\)".*/\1/p' built/pinned.runtimeconfig.json | head -n 1)"
built/pinned | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
100 handles of one object: 100
100 objects with a handle each: 100
100 objects of the heap for pinned objects: 0
10 of them with a handle: 10
O
