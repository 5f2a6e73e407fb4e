// The managed programs for clrhost on a real CLR. The stand-in has the same programs built in, with the same results.
//     csc /out:Trees.exe /langversion:5 Trees.cs
//     clrhost --limit 64M Trees.exe Trees Run 16,4
//     Trees.exe Run 16,4        without a host, to compare
using System;
using System.Collections.Generic;
using System.Threading;

public static class Trees
{
    private sealed class Node
    {
        public Node Left, Right;
    }

    private const int SmallestDepth = 4;

    // Builds binary trees of a depth on several threads: "DEPTH[,THREADS]".
    // Returns how many nodes were counted, or minus the number of threads that ran out of memory.
    public static int Run(string argument)
    {
        string[] parts = (string.IsNullOrEmpty(argument) ? "16" : argument).Split(',');
        int depth = int.Parse(parts[0]);
        int count = parts.Length > 1 ? int.Parse(parts[1]) : 4;
        if (depth < 6 || depth > 20 || count < 1 || count > 32)
            throw new ArgumentOutOfRangeException("argument");

        int nodes = 0, outOfMemory = 0;
        Thread[] threads = new Thread[count];
        for (int i = 0; i < count; i++)
            threads[i] = new Thread(delegate()
            {
                try
                {
                    Interlocked.Add(ref nodes, RunThread(depth));
                }
                catch (OutOfMemoryException)
                {
                    Interlocked.Increment(ref outOfMemory);
                }
            });
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Console.WriteLine("garbage collections {0}", GC.CollectionCount(0));
        return outOfMemory > 0 ? -outOfMemory : nodes;
    }

    // Without a host.
    public static int Main(string[] arguments)
    {
        if (arguments.Length != 2 || arguments[0] != "Run" && arguments[0] != "Exhaust")
        {
            Console.Error.WriteLine("usage: Trees.exe Run|Exhaust ARGUMENT");
            return 2;
        }
        int result = arguments[0] == "Run" ? Run(arguments[1]) : Exhaust(arguments[1]);
        Console.WriteLine("Trees.{0} returned {1}", arguments[0], result);
        return 0;
    }

    // Allocates up to the given number of megabytes and keeps them. Returns 1 if it caught an OutOfMemoryException, 0 if
    // it got all of them.
    public static int Exhaust(string argument)
    {
        const int depth = 8;
        const int bytesPerNode = 32;
        int megabytes = string.IsNullOrEmpty(argument) ? 64 : int.Parse(argument);
        if (megabytes < 1 || megabytes > 4096)
            throw new ArgumentOutOfRangeException("argument");

        long trees = ((long)megabytes << 20) / (((2 << depth) - 1) * bytesPerNode);
        try
        {
            List<Node> kept = new List<Node>();
            while (kept.Count < trees)
                kept.Add(Build(depth));
            return 0;
        }
        catch (OutOfMemoryException)
        {
            return 1;
        }
    }

    private static int RunThread(int depth)
    {
        int nodes = Count(Build(depth));
        Node longLived = Build(depth);

        for (int d = SmallestDepth; d <= depth - 2; d += 2)
            for (int i = 0; i < 1 << (depth + 2 - d); i++)
                nodes = unchecked(nodes + Count(Build(d)));
        return unchecked(nodes + Count(longLived));
    }

    private static Node Build(int depth)
    {
        Node node = new Node();
        if (depth > 0)
        {
            node.Left = Build(depth - 1);
            node.Right = Build(depth - 1);
        }
        return node;
    }

    private static int Count(Node tree)
    {
        return tree == null ? 0 : 1 + Count(tree.Left) + Count(tree.Right);
    }
}
