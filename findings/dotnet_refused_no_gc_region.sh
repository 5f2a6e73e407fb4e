#!/usr/bin/env bash
# GC.TryStartNoGCRegion(bytes) commits memory, so that no collection is needed until that is used up, and returns false
# if it cannot. One would guess that false means that nothing has changed, and that the program goes on as if it had not
# asked. (For a size that "exceeds the ephemeral segment size" the documentation has an ArgumentOutOfRangeException.)
# The refused call keeps what it could get: under a limit of 200 MiB a program that has no objects asks for 1 GiB, is
# told false, and has more than 190 MiB committed. An array of 100 MiB, which is granted without the call, is refused
# from then on, also after GC.Collect(). After a collection in the mode Aggressive it is granted.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: with its limit the collector behaves as with GCHeapHardLimit. Such a call shows as a rise of the kind
# "collector's heap" to the limit, though managed code has allocated nothing. include/README.md says how to give that
# memory back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >region.csproj <<'X'
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
cat >region.cs <<'S'
using System;
using System.Runtime;
using System.Runtime.CompilerServices;

static class Region
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    static string Ask()
    {
        try
        {
            return new byte[100 << 20].Length > 0 ? "granted" : "";
        }
        catch (OutOfMemoryException)
        {
            return "OutOfMemoryException";
        }
    }

    static string Committed()
    {
        long bytes = GC.GetGCMemoryInfo().TotalCommittedBytes;
        return bytes < 10 << 20 ? "less than 10 MiB" : bytes > 190 << 20 ? "more than 190 MiB" : bytes + " bytes";
    }

    static void Main(string[] arguments)
    {
        GC.Collect();
        Console.WriteLine("committed: " + Committed());
        if (arguments.Length > 0)
        {
            bool started = GC.TryStartNoGCRegion(1L << 30);
            Console.WriteLine($"1 GiB: {started}, {GCSettings.LatencyMode}, committed: {Committed()}");
        }
        Console.WriteLine("100 MiB: " + Ask());
        if (arguments.Length == 0) return;
        GC.Collect();
        Console.WriteLine($"after GC.Collect(): {Ask()}");
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        Console.WriteLine($"after Aggressive: {Ask()}");
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
echo ".NET $(sed -n 's/.*"version": "\(.*\)".*/\1/p' built/region.runtimeconfig.json | head -n 1)"
export DOTNET_GCHeapHardLimit=0xC800000
{
    built/region
    built/region ask
} | tee seen
cmp - seen <<'O' || { echo "FAILED: it has changed"; exit 1; }
committed: less than 10 MiB
100 MiB: granted
committed: less than 10 MiB
1 GiB: False, Interactive, committed: more than 190 MiB
100 MiB: OutOfMemoryException
after GC.Collect(): OutOfMemoryException
after Aggressive: granted
O
