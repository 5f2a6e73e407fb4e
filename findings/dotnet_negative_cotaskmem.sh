#!/usr/bin/env bash
# Marshal.AllocHGlobal and Marshal.AllocCoTaskMem take a number of bytes, and a negative one is a mistake, as of a length that has
# overflowed. One would guess that both refuse -1, as an argument or as memory that is not there.
# AllocHGlobal(-1) throws OutOfMemoryException: it asks for 2^64-1 bytes. AllocCoTaskMem(-1) asks for 2^32-1 bytes, and on a 64-bit
# system gets a block of 4 GiB.
# Seen with .NET 10.0.12 on Linux, x64; the same source serves Windows.
# For hostmem: such a request comes as one for 4294967295 bytes; a limit of the budget refuses it, and nothing else would.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >negative.csproj <<'X'
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
cat >negative.cs <<'S'
using System;
using System.Runtime.InteropServices;

static class Negative
{
    static string Try(Func<nint> allocate)
    {
        try
        {
            return allocate() != 0 ? "a block" : "null";
        }
        catch (Exception e)
        {
            return e.GetType().Name;
        }
    }

    static void Main()
    {
        Console.WriteLine("AllocHGlobal(-1): " + Try(() => Marshal.AllocHGlobal(-1)));
        Console.WriteLine("AllocCoTaskMem(-1): " + Try(() => Marshal.AllocCoTaskMem(-1)));
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
built/negative | tee seen
printf '%s\n' 'AllocHGlobal(-1): OutOfMemoryException' 'AllocCoTaskMem(-1): a block' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
