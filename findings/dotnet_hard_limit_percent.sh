#!/usr/bin/env bash
# The limit of .NET's collector can be set as a percentage of the memory, GCHeapHardLimitPercent; in a container of the
# container's memory, of which it takes 75 % if nothing is set. So with 99 the heap may have 99 %. One would guess that
# 100 is all of it, or that the runtime refuses to start, as its documentation says of 100 for a single heap
# (GCHeapHardLimitSOHPercent and the others).
# 100 and more are ignored without a word: the heap gets 75 %, less than with 76 to 99. On a machine without a container
# it has no limit then. GC.GetConfigurationVariables() shows the 100 all the same.
# Seen with .NET 10.0.12 on Linux. DOTNET_GCTotalPhysicalMemory stands for the container's memory here.
# For hostmem: the runtime is told the budget's limit as the memory of its job (src/coreclr/limit_functions.c), so it
# plans with 75 % of it, and ignores 100 in the same way, seen on 8 and 10: 63, hexadecimal, is the most. include/README.md
# says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >percent.csproj <<'X'
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
cat >percent.cs <<'S'
using System;

static class Percent
{
    static void Main()
    {
        var settings = GC.GetConfigurationVariables();
        long limit = (long)settings["GCHeapHardLimit"];
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        object percent = settings["GCHeapHardLimitPercent"];
        Console.WriteLine($"percent {percent}: limit {limit >> 20} MiB, available {available >> 20} MiB");
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
echo "of 1000 MiB, with .NET $(sed -n 's/.*"version": "\(.*\)".*/\1/p' built/percent.runtimeconfig.json | head -n 1):"
export DOTNET_GCTotalPhysicalMemory=3E800000
{
    built/percent
    for percent in 32 4C 63 64 65; do DOTNET_GCHeapHardLimitPercent=$percent built/percent; done
} | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
percent 0: limit 750 MiB, available 750 MiB
percent 50: limit 500 MiB, available 500 MiB
percent 76: limit 760 MiB, available 760 MiB
percent 99: limit 990 MiB, available 990 MiB
percent 100: limit 750 MiB, available 750 MiB
percent 101: limit 750 MiB, available 750 MiB
O
