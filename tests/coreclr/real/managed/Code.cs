// Code and types: methods compiled at run time, and assemblies that are loaded and unloaded repeatedly.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

public static class Code
{
    private static byte[] image;

    public static Func<int, int> MakeMethod(int number)
    {
        DynamicMethod method = new DynamicMethod("made" + number, typeof(int), new[] { typeof(int) }, typeof(Code).Module);
        ILGenerator il = method.GetILGenerator();

        for (int i = 0; i < 50; i++)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldc_I4, number + i);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Starg_S, (byte)0);
        }
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<int, int>>();
    }

    public static string Methods(int count)
    {
        long sum = 0;

        for (int i = 0; i < count; i++)
            sum += MakeMethod(i)(i);
        return $"{count} methods, {sum}";
    }

    // Called by name, in a load context of its own.
    public static int Inside(int depth)
    {
        List<Tuple<int, string>> list = new List<Tuple<int, string>>();

        for (int i = 0; i < 100; i++)
            list.Add(Tuple.Create(i, i.ToString()));
        return Node.Build(depth).Count() + list.Count(t => t.Item2.Length > 1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int RunInContext()
    {
        AssemblyLoadContext context = new AssemblyLoadContext("one of many", isCollectible: true);

        image ??= File.ReadAllBytes(typeof(Code).Assembly.Location);
        try
        {
            Type type = context.LoadFromStream(new MemoryStream(image)).GetType("Code");
            return (int)type.GetMethod("Inside").Invoke(null, new object[] { 5 });
        }
        finally
        {
            context.Unload();
        }
    }

    public static string Contexts(int count)
    {
        int sum = 0;

        for (int i = 0; i < count; i++)
        {
            sum += RunInContext();
            if (i % 4 == 3)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect();
            }
        }
        return $"{count} contexts, {sum}";
    }
}
