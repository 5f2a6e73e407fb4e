#!/usr/bin/env bash
# A provider of performance counters describes each counter by a PERF_COUNTER_INFO. Microsoft's page of that struct says
# of its member Size: "Size, in bytes, of this structure." So one writes sizeof(PERF_COUNTER_INFO), as in other structs.
# Microsoft's own generator, CTRPP, writes the size of the counter's value there: sizeof(ULONG) or sizeof(ULONGLONG). It
# leaves Offset, by its page the value's place in the block of an instance, at 0 for all of them. And the strings of a manifest of
# version 1.1 are numbered in fours (name, name again, description, nothing), by its order alone.
# Seen with ctrpp.exe of Microsoft.Windows.SDK.CPP 10.0.26100.9169, which runs under wine64 8.0~repack-4 of Debian 12.
# For hostmem: src/os/win32_counters.c describes its counters as CTRPP does, and the test ctrpp compares them.
set -euo pipefail
dpkg -s wine64 >/dev/null 2>&1 ||
    apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install wine64 >/dev/null
command -v dotnet >/dev/null || { echo "needs dotnet, to fetch a NuGet package"; exit 1; }
work=$(mktemp -d)
export WINEPREFIX=$work/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml='
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
trap '"${wine}server" -k 2>/dev/null || /usr/lib/wine/wineserver64 -k 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
cat >fetch.csproj <<'XML'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>netstandard2.0</TargetFramework>
    <RestorePackagesPath>packages</RestorePackagesPath>
    <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
  </PropertyGroup>
  <ItemGroup>
    <PackageDownload Include="Microsoft.Windows.SDK.CPP" Version="[10.0.26100.9169]" />
  </ItemGroup>
</Project>
XML
dotnet restore fetch.csproj >restored || { cat restored; exit 1; }
mkdir tool
cp packages/microsoft.windows.sdk.cpp/*/c/bin/10.0.26100.0/x64/ctrpp.exe tool/
cat >tool/shop.man <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<instrumentationManifest xmlns="http://schemas.microsoft.com/win/2004/08/events">
  <instrumentation>
    <counters xmlns="http://schemas.microsoft.com/win/2005/12/counters" schemaVersion="1.1">
      <provider symbol="Shop" providerGuid="{0b4d9a37-6a2e-4c1c-9f57-3d1a5b7c2e11}" providerName="shop"
          providerType="userMode" applicationIdentity="shop.exe" callback="custom">
        <counterSet symbol="Shops" guid="{5e2c7f90-1d43-4b0a-8c66-90af2b1d7e22}" uri="Shop.Shops" name="Shops"
            description="What a shop has." instances="multiple">
          <counter id="1" symbol="Apples" uri="Shop.Shops.Apples" type="perf_counter_rawcount" detailLevel="standard"
              name="Apples" description="The number of apples."/>
          <counter id="2" symbol="Money" uri="Shop.Shops.Money" type="perf_counter_large_rawcount" detailLevel="standard"
              name="Money" description="Money in cents."/>
        </counterSet>
      </provider>
    </counters>
  </instrumentation>
</instrumentationManifest>
XML
(cd tool && "$wine" ctrpp.exe -o shop.h -rc shop.rc shop.man >said 2>&1 </dev/null) || { cat tool/said; exit 1; }
{
    tr -d '\r' <tool/shop.h | grep -oE '\{ [0-9]+, PERF_COUNTER_.* \}'
    iconv -f UTF-16 -t UTF-8 tool/shop.rc | tr -d '\r' | grep -oE '^ +[0-9]+ "[^"]*"' | sed 's/^ *//'
} | tee seen
printf '%s\n' '{ 1, PERF_COUNTER_RAWCOUNT, 0, sizeof(ULONG), PERF_DETAIL_NOVICE, 0, 0 }' \
    '{ 2, PERF_COUNTER_LARGE_RAWCOUNT, 0, sizeof(ULONGLONG), PERF_DETAIL_NOVICE, 0, 0 }' \
    '1 "Shops"' '2 "Shops"' '3 "What a shop has."' '5 "Apples"' '6 "Apples"' '7 "The number of apples."' \
    '9 "Money"' '10 "Money"' '11 "Money in cents."' | cmp - seen || { echo "FAILED: it has changed"; exit 1; }
