// Programs that need more memory than there is, and what the runtime tells them.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

public static unsafe class Limits
{
    private static readonly List<byte[]> held = new List<byte[]>();

    public static string Told()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo(GCKind.Any);

        return $"available {info.TotalAvailableMemoryBytes}, high load from {info.HighMemoryLoadThresholdBytes}, " +
            $"collections {GC.CollectionCount(0)} {GC.CollectionCount(2)}";
    }

    public static string Refresh()
    {
        GC.RefreshMemoryLimit();
        GC.Collect();
        return Told();
    }

    // The framework's own check whether an operation has enough memory.
    public static string FailPoint(int megabytes)
    {
        try
        {
            using (new MemoryFailPoint(megabytes))
                return "enough";
        }
        catch (InsufficientMemoryException)
        {
            return "too little";
        }
    }

    public static string Hold(int mebibytes)
    {
        for (int i = 0; i < mebibytes; i++)
        {
            byte[] block = new byte[1 << 20];
            for (int k = 0; k < block.Length; k += 4096)
                block[k] = 1;
            held.Add(block);
        }
        return Told();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AllocateSmallObjects(int bytes)
    {
        for (; bytes > 0; bytes -= 1000)
            GC.KeepAlive(new byte[1000 - 24]);
    }

    // The host's limit, with the host's own function.
    public static string SetLimit(int mebibytes)
    {
        IntPtr host = NativeLibrary.GetMainProgramHandle();
        var set = (delegate* unmanaged[Cdecl]<ulong, int>)NativeLibrary.GetExport(host, "governed_set_limit");

        Marshal.ThrowExceptionForHR(set((ulong)mebibytes << 20));
        return "set";
    }

    // Sets the limit, if one is given, and waits. Nothing allocates while this waits, so a collection is caused by the
    // notification that memory is low. The runtime ignores that if less than one percent of the memory has been
    // allocated since the last collection, and how much fits before the next one depends on the runtime; so each time a
    // little more is allocated.
    public static string WaitForCollection(int ms, int limitMebibytes)
    {
        Stopwatch clock = Stopwatch.StartNew();

        for (int kibibytes = 4600; clock.ElapsedMilliseconds < ms; kibibytes += 500)
        {
            AllocateSmallObjects(kibibytes << 10);
            if (limitMebibytes > 0)
                SetLimit(limitMebibytes);
            int before = GC.CollectionCount(0);
            long begin = clock.ElapsedMilliseconds;
            while (clock.ElapsedMilliseconds - begin < 5000 && clock.ElapsedMilliseconds < ms)
            {
                Thread.Sleep(20);
                if (GC.CollectionCount(0) > before)
                    return "collected";
            }
        }
        return "not collected";
    }

    // Returns how many blocks could be allocated until there was no memory; then all are dropped.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FillOnce(int block)
    {
        List<byte[]> all = new List<byte[]>();

        try
        {
            while ((long)all.Count * block < 4L << 30)
            {
                byte[] bytes = new byte[block];
                for (int i = 0; i < block; i += 4096)
                    bytes[i] = 1;
                all.Add(bytes);
            }
            throw new InvalidOperationException("there was no end of memory");
        }
        catch (OutOfMemoryException)
        {
            return all.Count;
        }
    }

    public static string Fill(int times, int block)
    {
        long least = long.MaxValue;

        for (int i = 0; i < times; i++)
            least = Math.Min(least, (long)FillOnce(block) * block);
        return $"caught {times} times, {least >> 20} MiB";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int FillNodesOnce()
    {
        List<Node> all = new List<Node>();

        try
        {
            while (all.Count < 8000)
                all.Add(Node.Build(14));
            throw new InvalidOperationException("there was no end of memory");
        }
        catch (OutOfMemoryException)
        {
            return all.Count;
        }
    }

    public static string FillNodes(int times)
    {
        for (int i = 0; i < times; i++)
            FillNodesOnce();
        return $"caught {times} times";
    }

    public static string FillThreads(int count)
    {
        int caught = 0;
        Exception other = null;
        Thread[] threads = new Thread[count];

        for (int i = 0; i < count; i++)
        {
            int block = 60000 + i * 50000;
            threads[i] = new Thread(() =>
            {
                try
                {
                    FillOnce(block);
                    Interlocked.Increment(ref caught);
                }
                catch (OutOfMemoryException)
                {
                    Interlocked.Increment(ref caught);
                }
                catch (Exception e)
                {
                    other = e;
                }
            });
        }
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return other == null ? $"{caught} threads caught" : throw other;
    }

    public static string FillNative(int block)
    {
        List<IntPtr> blocks = new List<IntPtr>();
        bool caught = false;

        try
        {
            while (blocks.Count < 4096)
            {
                IntPtr memory = Marshal.AllocHGlobal(block);
                new Span<byte>((void*)memory, block).Fill(1);
                blocks.Add(memory);
            }
        }
        catch (OutOfMemoryException)
        {
            caught = true;
        }
        blocks.ForEach(Marshal.FreeHGlobal);
        return caught ? "caught" : throw new InvalidOperationException("there was no end of memory");
    }

    // Code is compiled and exceptions are thrown while the heap is full; with contexts, assemblies are loaded, too, whose
    // contexts are unloaded by finalizers.
    public static string CodeWithFullHeap(int count, bool contexts)
    {
        List<byte[]> all = new List<byte[]>();
        int caught = 0, fine = 0;

        foreach (int block in new[] { 100000, 1000 })
        {
            try
            {
                while (all.Count < 400000)
                    all.Add(new byte[block]);
            }
            catch (OutOfMemoryException)
            {
                caught++;
            }
        }
        for (int i = 0; i < count; i++)
        {
            try
            {
                fine += Code.MakeMethod(i)(1) > 0 ? 1 : 0;
                if (contexts && i % 10 == 0)
                    fine += Code.RunInContext() > 0 ? 1 : 0;
            }
            catch (Exception e) when (Program.IsOutOfMemory(e))
            {
                caught++;
            }
        }
        int blocks = all.Count;
        all = null;
        GC.Collect();
        return $"{blocks} blocks held, {fine} fine, {caught} caught, then {new byte[1 << 20].Length} bytes";
    }
}
