#!/usr/bin/env bash
# The collector's limit is set by DOTNET_GCHeapHardLimit, a hexadecimal number of bytes. Somebody writes 200m there, as for a container,
# or a word. One would guess that .NET refuses what is no number, or says that it ignores it.
# Without a word, it takes the digits that the text begins with: 200m is 0x200, 512 bytes, and the runtime does not start because its heap
# cannot be initialized. Where there are no such digits, as in "limited", there is no limit, and the program runs on all the machine has.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: its own limits are numbers in a structure, and sizes in the examples' options and in HOSTMEM_ variables are refused as a
# whole if any part of them is not understood.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >limit.csproj <<'X'
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
cat >limit.cs <<'S'
using System;

static class Limit
{
    static void Main()
    {
        long limit = (long)GC.GetConfigurationVariables()["GCHeapHardLimit"];
        Console.WriteLine(limit == 0 ? "no limit" : $"{limit >> 20} MiB");
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
for text in 0xC800000 200m limited; do
    echo "$text: $(DOTNET_GCHeapHardLimit=$text built/limit 2>error || echo does not start)"
done | tee seen
printf '%s\n' '0xC800000: 200 MiB' '200m: does not start' 'limited: no limit' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
