// Work for governed runtimes: Workload.dll PART... One line of output for each part, "PART: result".
// A part is a name and numbers: objects:16. After "once" the first part that fails is the last. Exit code 0: all parts
// went well; 2: a part ended with an OutOfMemoryException, 3: with another exception; or what the parts "exit" and
// "leave" say.
using System;
using System.Collections.Generic;
using System.Reflection;

public static class Program
{
    private delegate string Part(Func<int, int, int> number);

    private static readonly Dictionary<string, Part> parts = new()
    {
        ["hello"] = n => "hello from " + System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
        ["objects"] = n => Objects.Trees(n(0, 14), n(1, 2)),
        ["arrays"] = n => Objects.LargeArrays(n(0, 60)),
        ["threads"] = n => Objects.Threads(n(0, 4), n(1, 20000)),
        ["collect"] = n => Objects.Collect(),
        ["methods"] = n => Code.Methods(n(0, 100)),
        ["contexts"] = n => Code.Contexts(n(0, 8)),
        ["blocks"] = n => Native.Blocks(n(0, 32)),
        ["pages"] = n => Native.Pages(n(0, 8)),
        ["views"] = n => Native.Views(n(0, 4)),
        ["streams"] = n => Native.Streams(n(0, 200000)),
        ["told"] = n => Limits.Told(),
        ["refresh"] = n => Limits.Refresh(),
        ["limit"] = n => Limits.SetLimit(n(0, 0)),
        ["low"] = n => Limits.WaitForCollection(n(0, 20000), n(1, 0)),
        ["fill"] = n => Limits.Fill(n(0, 1), n(1, 100000)),
        ["fillnodes"] = n => Limits.FillNodes(n(0, 1)),
        ["fillthreads"] = n => Limits.FillThreads(n(0, 4)),
        ["fillnative"] = n => Limits.FillNative(n(0, 1 << 20)),
        ["fillcode"] = n => Limits.CodeWithFullHeap(n(0, 100), n(1, 0) > 0),
        ["failpoint"] = n => Limits.FailPoint(n(0, 100)),
        ["hold"] = n => Limits.Hold(n(0, 32)),
        ["echo"] = n => Console.In.ReadToEnd(),
        ["throw"] = n => throw new InvalidOperationException("nobody catches this"),
        ["exit"] = n => throw new Leave(n(0, 0)),
        ["leave"] = n => { Environment.Exit(n(0, 0)); return ""; },
    };

    private sealed class Leave : Exception
    {
        public readonly int Code;
        public Leave(int code) { Code = code; }
    }

    public static int Main(string[] arguments)
    {
        int exitCode = 0;
        bool once = false;

        foreach (string argument in arguments)
        {
            string[] words = argument.Split(':');
            if (argument == "once")
            {
                once = true;
                continue;
            }
            if (!parts.TryGetValue(words[0], out Part part))
            {
                Console.WriteLine("argument: " + argument);
                continue;
            }
            try
            {
                string result = part((i, otherwise) => words.Length > i + 1 ? int.Parse(words[i + 1]) : otherwise);
                Console.WriteLine(argument + ": " + result);
            }
            catch (Leave leave)
            {
                return leave.Code;
            }
            catch (Exception e) when (words[0] != "throw")
            {
                bool outOfMemory = IsOutOfMemory(e);
                exitCode = outOfMemory ? 2 : 3;
                Console.WriteLine(argument + ": caught " + (outOfMemory ? "OutOfMemoryException" : e.ToString()));
                if (once)
                    return exitCode;
            }
        }
        return exitCode;
    }

    // Also if it is the inner exception of another one.
    public static bool IsOutOfMemory(Exception e)
    {
        for (; e != null; e = e.InnerException)
            if (e is OutOfMemoryException)
                return true;
        return false;
    }
}
