#!/usr/bin/env bash
# GC.RefreshMemoryLimit reads GCHeapHardLimit from the data of the AppContext, which has values of any type. One would guess
# that a number of bytes is taken as what it is, or that the call fails.
# Only an unsigned 64-bit number is taken. A long, int, uint or string succeeds and changes nothing, so that a limit that was
# set with a literal is none. And MemoryFailPoint, which is to throw before memory runs out, grants fifty times of a limit.
# Seen with .NET 10.0.12 on Linux.
# For hostmem: a limit that hostmem_set_limit changes reaches the runtime through GC.RefreshMemoryLimit without this value,
# because the runtime asks for its job's limit again (hostmem/coreclr.h).
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
    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
  </PropertyGroup>
  <ItemGroup><Compile Include="limit.cs" /></ItemGroup>
</Project>
X
cat >limit.cs <<'S'
using System;
using System.Runtime;

static class Limit
{
    static void Try(object bytes)
    {
        AppContext.SetData("GCHeapHardLimit", bytes);
        GC.RefreshMemoryLimit();
        GC.Collect();
        bool taken = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes == 200 << 20;
        Console.WriteLine($"{bytes.GetType().Name}: {(taken ? "taken" : "ignored")}");
    }

    static void Main()
    {
        foreach (object bytes in new object[] { 200L << 20, 200 << 20, 200u << 20, "209715200", "0xC800000", 200ul << 20 })
            Try(bytes);
        try
        {
            using var point = new MemoryFailPoint(10000);
            Console.WriteLine("MemoryFailPoint, 10000 MB: granted");
        }
        catch (InsufficientMemoryException) { Console.WriteLine("MemoryFailPoint, 10000 MB: refused"); }
    }
}
S
dotnet publish -v q -o app limit.csproj >publish.log 2>&1 || { cat publish.log; exit 1; }
echo ".NET $(sed -n 's/.*"version": "\(10[^"]*\)".*/\1/p' app/limit.runtimeconfig.json | head -n 1)"
./app/limit | tee seen
printf '%s\n' 'Int64: ignored' 'Int32: ignored' 'UInt32: ignored' 'String: ignored' 'String: ignored' 'UInt64: taken' \
    'MemoryFailPoint, 10000 MB: granted' | cmp - seen || { echo "FAILED: it has changed"; exit 1; }
