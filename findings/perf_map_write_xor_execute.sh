#!/usr/bin/env bash
# A .NET runtime on Linux writes the names of compiled methods to /tmp/perf-PID.map if DOTNET_PerfMapEnabled is 1, and perf
# reads that file. One would guess that perf then names the methods of any program that runs with this variable.
# It names none: since .NET 7 code is in a mapping of a file in memory ("memfd:doublemapper"), written through another
# mapping of it (write xor execute), and perf looks into the map for addresses in anonymous mappings only. The samples
# are all there, as offsets in that file, which is gone when the program ends. With DOTNET_EnableWriteXorExecute=0 the
# same program's methods have names.
# Seen with .NET 10.0.12 and perf 6.1.192 (Debian 12). perf must be allowed to count: as root, or with
# kernel.perf_event_paranoid of at most 1.
# For hostmem: what a mapping is called says nothing of its code. `hostmem-trace --methods` names managed frames by the
# addresses in method events, which are the same with and without write xor execute.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
packages="linux-perf libbabeltrace1 libdw1 libelf1 libnuma1 libopencsd1 libperl5.36 libpython3.11 libslang2 libunwind8"
apt-get -q download $packages >/dev/null 2>&1 ||
    { apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null && apt-get -q download $packages >/dev/null 2>&1; }
echo "linux-perf $(dpkg-deb -f linux-perf_*.deb Version)"
for package in ./*.deb; do dpkg -x "$package" tree; done
perf() { LD_LIBRARY_PATH=$PWD/tree/usr/lib/x86_64-linux-gnu tree/usr/bin/perf "$@"; }

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 NUGET_PACKAGES=$PWD/packages
cat >busy.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>true</SelfContained>
    <RuntimeFrameworkVersion>10.0.12</RuntimeFrameworkVersion>
    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
  </PropertyGroup>
  <ItemGroup><Compile Include="busy.cs" /></ItemGroup>
</Project>
X
cat >busy.cs <<'S'
using System.Runtime.CompilerServices;
static class Busy
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    static ulong Churn(ulong x)
    {
        for (int i = 0; i < 200000000; i++) { x ^= x << 13; x ^= x >> 7; x ^= x << 17; }
        return x;
    }
    static int Main()
    {
        ulong all = 0;
        for (ulong i = 1; i < 6; i++) all += Churn(i);
        return all == 0 ? 1 : 0;
    }
}
S
dotnet publish -v q -o app busy.csproj >publish.log 2>&1 || { cat publish.log; exit 1; }
echo ".NET $(sed -n 's/.*"version": "\(10[^"]*\)".*/\1/p' app/busy.runtimeconfig.json | head -n 1)"

# share PATTERN VALUE: percent of the samples whose row has the pattern, with DOTNET_EnableWriteXorExecute=VALUE.
share() {
    DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=$2 perf record -q -F 199 -o data \
        sh -c 'echo $$ >pid; exec ./app/busy' >/dev/null 2>&1
    perf report -i data --stdio 2>/dev/null | awk -v pattern="$1" '$1 ~ /%$/ && $0 ~ pattern { all += $1 } END { print int(all) }'
    rm -f "/tmp/perf-$(cat pid).map" "/tmp/perfinfo-$(cat pid).map"
}
named=$(share 'Busy::Churn' 1)
file=$(share 'memfd:doublemapper' 1)
without=$(share 'Busy::Churn' 0)
echo "write xor execute: $named % with the method's name, $file % in memfd:doublemapper; without: $without % with its name"
[ "$named" -eq 0 ] && [ "$file" -gt 50 ] && [ "$without" -gt 50 ] || { echo "FAILED: it has changed"; exit 1; }
