// Objects on the collector's heap: small ones with short and long lives, large arrays, several threads.
using System;
using System.Runtime;
using System.Threading;

public sealed class Node
{
    public Node Left, Right;

    public static Node Build(int depth)
    {
        Node node = new Node();
        if (depth > 0)
        {
            node.Left = Build(depth - 1);
            node.Right = Build(depth - 1);
        }
        return node;
    }

    public int Count() => Left == null ? 1 : 1 + Left.Count() + Right.Count();
}

public static class Objects
{
    public static string Trees(int depth, int rounds)
    {
        long count = 0;
        Node kept = Node.Build(depth);

        for (int round = 0; round < rounds; round++)
            for (int d = 4; d <= depth; d += 2)
                for (int i = 1 << (depth - d); i > 0; i--)
                    count += Node.Build(d).Count();
        return $"{count} nodes, {kept.Count()} kept";
    }

    public static string LargeArrays(int count)
    {
        Random random = new Random(7);
        byte[][] ring = new byte[6][];
        long bytes = 0;

        for (int i = 0; i < count; i++)
        {
            byte[] array = new byte[random.Next(90000, 4 << 20)];
            array[^1] = 1;
            ring[i % ring.Length] = array;
            bytes += array.Length;
        }
        return $"{bytes} bytes in {count} arrays";
    }

    public static string Threads(int count, int rounds)
    {
        long sum = 0;
        Thread[] threads = new Thread[count];

        for (int i = 0; i < count; i++)
        {
            int seed = i;
            threads[i] = new Thread(() =>
            {
                Random random = new Random(seed);
                object[] ring = new object[64];
                for (int k = 0; k < rounds; k++)
                {
                    ring[k & 63] = new byte[random.Next(16, 6000)];
                    if ((k & 1023) == 0)
                        Interlocked.Add(ref sum, Node.Build(8).Count());
                }
            });
        }
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return $"{count} threads counted {sum}";
    }

    public static string Collect()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        GC.WaitForPendingFinalizers();
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect();
        return "done";
    }
}
