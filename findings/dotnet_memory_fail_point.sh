#!/usr/bin/env bash
# new MemoryFailPoint(megabytes) of .NET says before a large operation whether its memory can be had: InsufficientMemoryException if not,
# as a gate that is meant to keep a server from running out of memory. One would guess that it looks at the machine's memory, or at
# the collector's limit.
# On Linux it looks at neither: 2 PiB pass, also in a process whose collector is limited to 64 MiB and then cannot allocate 100.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: on Windows the gate asks the system (GlobalMemoryStatusEx and VirtualQuery, as P/Invokes), and what the budget says
# reaches it only where P/Invokes are governed. A program is better told by the limit itself, as OutOfMemoryException.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >gate.csproj <<'X'
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
cat >gate.cs <<'S'
using System;
using System.Runtime;

static class Gate
{
    static string Try(Action action)
    {
        try
        {
            action();
            return "passes";
        }
        catch (OutOfMemoryException e) // InsufficientMemoryException is one
        {
            return e.GetType().Name;
        }
    }

    static void Main()
    {
        Console.WriteLine("gate for 2 PiB: " + Try(() => new MemoryFailPoint(int.MaxValue).Dispose()));
        Console.WriteLine("array of 100 MiB: " + Try(() => GC.KeepAlive(new byte[100 << 20])));
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
{ built/gate && DOTNET_GCHeapHardLimit=0x4000000 built/gate; } | tee seen
printf '%s\n' 'gate for 2 PiB: passes' 'array of 100 MiB: passes' 'gate for 2 PiB: passes' 'array of 100 MiB: OutOfMemoryException' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
