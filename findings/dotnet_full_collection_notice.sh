#!/usr/bin/env bash
# GC.RegisterForFullGCNotification asks to be told before and after a full collection that blocks. Its documentation says that it
# throws InvalidOperationException while concurrent collection is enabled, which it is unless it was turned off. One would
# guess that it does, and that a program which catches this knows its collector's mode.
# In either mode it registers, and a wait for a collection lasts until its time is over.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: a program that wants a warning before memory is short has the manager's notifications, and its runtime the budget's low
# memory notification; neither depends on the collector's mode.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >notice.csproj <<'X'
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
cat >notice.cs <<'S'
using System;

static class Notice
{
    static void Main()
    {
        try
        {
            GC.RegisterForFullGCNotification(10, 10);
            Console.WriteLine("registered, and a wait of 10 ms is " + GC.WaitForFullGCApproach(10));
        }
        catch (InvalidOperationException)
        {
            Console.WriteLine("InvalidOperationException");
        }
    }
}
S
dotnet build -v q -o built >build.log 2>&1 || { tail build.log; exit 1; }
{
    echo "concurrent: $(DOTNET_gcConcurrent=1 built/notice)"
    echo "not concurrent: $(DOTNET_gcConcurrent=0 built/notice)"
} | tee seen
printf '%s\n' 'concurrent: registered, and a wait of 10 ms is Timeout' 'not concurrent: registered, and a wait of 10 ms is Timeout' | cmp - seen ||
    { echo "FAILED: it has changed"; exit 1; }
