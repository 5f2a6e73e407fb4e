// Memory that managed code allocates outside of the collector's heap.
using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

public static unsafe class Native
{
    [DllImport("kernel32", SetLastError = true)]
    public static extern IntPtr VirtualAlloc(IntPtr address, nuint size, uint type, uint protect);
    [DllImport("kernel32", SetLastError = true)]
    public static extern bool VirtualFree(IntPtr address, nuint size, uint type);
    [DllImport("kernel32", SetLastError = true)]
    public static extern bool VirtualProtect(IntPtr address, nuint size, uint protect, out uint old);

    private const uint Commit = 0x1000, Reserve = 0x2000, Decommit = 0x4000, Release = 0x8000;
    private const uint ReadWrite = 0x04, ReadOnly = 0x02;

    private delegate IntPtr Take(int size);

    private static void TakeAndGive(int count, int size, Take take, Action<IntPtr> give)
    {
        List<IntPtr> blocks = new List<IntPtr>();

        for (int i = 0; i < count; i++)
        {
            IntPtr block = take(size + i);
            Unsafe.InitBlock((void*)block, 1, (uint)(size + i));
            blocks.Add(block);
        }
        blocks.ForEach(give);
    }

    public static string Blocks(int count)
    {
        TakeAndGive(count, 100000, Marshal.AllocHGlobal, Marshal.FreeHGlobal);
        TakeAndGive(count, 5000, size => (IntPtr)NativeMemory.Alloc((nuint)size), p => NativeMemory.Free((void*)p));
        TakeAndGive(count, 5000, size => (IntPtr)NativeMemory.AllocZeroed((nuint)size), p => NativeMemory.Free((void*)p));
        TakeAndGive(count, 5000, size => (IntPtr)NativeMemory.AlignedAlloc((nuint)size, 256),
            p => NativeMemory.AlignedFree((void*)p));
        TakeAndGive(count, 5000, size => (IntPtr)NativeMemory.Realloc(NativeMemory.Alloc(10), (nuint)size),
            p => NativeMemory.Free((void*)p));
        TakeAndGive(count, 5000, size => (IntPtr)NativeMemory.AlignedRealloc(NativeMemory.AlignedAlloc(10, 64), (nuint)size, 64),
            p => NativeMemory.AlignedFree((void*)p));
        TakeAndGive(count, 5000, size => Marshal.ReAllocHGlobal(Marshal.AllocHGlobal(10), size), Marshal.FreeHGlobal);
        TakeAndGive(count, 5000, Marshal.AllocCoTaskMem, Marshal.FreeCoTaskMem);
        for (int i = 0; i < count; i++)
            Marshal.FreeBSTR(Marshal.StringToBSTR("text " + i));
        return $"{count} of each kind";
    }

    private static void Check(bool succeeded)
    {
        if (!succeeded)
            throw Marshal.GetLastPInvokeError() is 8 or 1455 ? new OutOfMemoryException()
                : new InvalidOperationException("error " + Marshal.GetLastPInvokeError());
    }

    public static string Pages(int count)
    {
        for (int i = 0; i < count; i++)
        {
            IntPtr range = VirtualAlloc(0, 1 << 20, Reserve, ReadWrite);
            Check(range != 0);
            try
            {
                Check(VirtualAlloc(range + 65536, 65536, Commit, ReadWrite) != 0);
                Marshal.WriteByte(range, 65536, 1);
                Check(VirtualProtect(range + 65536, 4096, ReadOnly, out uint old) && old == ReadWrite);
                Check(VirtualFree(range + 65536, 65536, Decommit));
            }
            finally
            {
                Check(VirtualFree(range, 0, Release));
            }
        }
        return $"{count} reservations";
    }

    public static string Views(int count)
    {
        for (int i = 0; i < count; i++)
            using (MemoryMappedFile file = MemoryMappedFile.CreateNew(null, 1 << 20))
            using (MemoryMappedViewAccessor view = file.CreateViewAccessor())
                view.Write(i, 42);
        return $"{count} views";
    }

    public static string Streams(int bytes)
    {
        byte[] data = new byte[bytes], back = new byte[bytes];
        MemoryStream packed = new MemoryStream();

        for (int i = 0; i < bytes; i++)
            data[i] = (byte)(i * i >> 4);
        using (BrotliStream stream = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(data);
        packed.Position = 0;
        using (BrotliStream stream = new BrotliStream(packed, CompressionMode.Decompress))
            stream.ReadExactly(back);
        return data.AsSpan().SequenceEqual(back) ? $"{bytes} bytes" : throw new InvalidDataException("other bytes");
    }
}
